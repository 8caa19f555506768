import fc from 'fast-check'
import { expect, test } from 'vitest'
import { idText, Segments, sha256 } from '../../../core/text/ids.ts'
import { parseJson } from '../../../core/text/json.ts'

const segmentsOf = (...ids: string[]) => {
  const segments = new Segments()
  return ids.map((id) => segments.segment(id))
}

test('a text and a number are ids, a number with the digits of its source', () => {
  const ids = ['"4001"', '4001', '1.10', '9007199254740993', '-0', '"a b"', '0']
  expect(ids.map((text) => idText(parseJson(text)))).toEqual([
    '4001',
    '4001',
    '1.10',
    '9007199254740993',
    '-0',
    'a b',
    '0',
  ])
})

test('an empty text, null, true, an array and an object are no ids, nor is a field that is not there', () => {
  expect([undefined, ...['""', 'null', 'true', '[1]', '{"rawJSON": "1"}'].map(parseJson)].map(idText)).toEqual(
    Array(6).fill(undefined),
  )
})

test.each([
  ['a plain id stays as it is', 'Chapter-4_a.1', 'Chapter-4_a.1'],
  ['a path upwards stays below items/', '../../x', '%2E.%2F..%2Fx'],
  ['a slash is encoded', 'a/b', 'a%2Fb'],
  ['a backslash is encoded', 'a\\b', 'a%5Cb'],
  ['one dot is encoded', '.', '%2E'],
  ['two dots are encoded', '..', '%2E%2E'],
  ['a leading dot is encoded, as it would hide the folder', '.git', '%2Egit'],
  ['a trailing dot is encoded, as Windows drops it', 'a.', 'a%2E'],
  ['a trailing space is encoded, as Windows drops it', 'a ', 'a%20'],
  ['a reserved name is encoded', 'CON', '%43ON'],
  ['a reserved name with an ending is encoded', 'nul.json', '%6Eul.json'],
  ['a name that only begins like a reserved one stays', 'console', 'console'],
  ['a tilde is encoded, as suffixes begin with one', 'a~b', 'a%7Eb'],
  ['a percent sign is encoded, so that no id looks like an encoded one', '%2F', '%252F'],
  ['a colon, a star and a question mark are encoded', 'a:*?', 'a%3A%2A%3F'],
  ['a control character is encoded', 'a\0\n', 'a%00%0A'],
  ['composed é has the bytes of UTF-8', '\u00e9', '%C3%A9'],
  ['decomposed é is another id', 'e\u0301', 'e%CC%81'],
  ['a character outside the BMP is one character', '😀', '%F0%9F%98%80'],
  ['half of a surrogate pair keeps its own bytes', '\ud83d', '%ED%A0%BD'],
])('%s', (_rule, id, segment) => {
  expect(segmentsOf(id)).toEqual([segment])
})

test('a segment of 120 characters stays, a longer one is cut and ends in a hash of the id', () => {
  expect(segmentsOf('x'.repeat(120), 'x'.repeat(300))).toEqual([
    'x'.repeat(120),
    `${'x'.repeat(100)}~${sha256('x'.repeat(300)).slice(0, 16)}`,
  ])
})

test('long ids that differ only behind the cut have different segments, also in half of a surrogate pair', () => {
  const ids = ['a', '\ud800', '\ud801', '\ud802', '\ufffd'].map((end) => 'x'.repeat(130) + end)
  expect(new Set(segmentsOf(...ids)).size).toBe(ids.length)
})

test('an id that equals an earlier one when lower-cased gets a suffix', () => {
  expect(segmentsOf('a', 'A')).toEqual(['a', `A~${sha256('A').slice(0, 8)}`])
  expect(segmentsOf('A', 'a')).toEqual(['A', `a~${sha256('a').slice(0, 8)}`])
})

test('an inherited segment is taken', () => {
  const segments = new Segments()
  segments.inherit('Ab')
  expect(segments.segment('aB')).toBe(`aB~${sha256('aB').slice(0, 8)}`)
})

/** Ids that are hard on a file system, and near one another. */
const hardId = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({ unit: fc.constantFrom('a', 'A', '.', '/', '~', '%', ' ', '\u00e9', 'e\u0301', '\ud800', '\udc00') }),
  fc.constantFrom('CON', 'con', 'Con.txt', 'LPT1', 'nul', '..', '.', 'aux.', '%43ON', '%2E'),
  fc.tuple(fc.constantFrom('x', 'X', '日', '\ud800'), fc.nat(3)).map(([letter, n]) => letter.repeat(130) + n),
)
const hardIds = fc.uniqueArray(
  hardId.filter((id) => id !== ''),
  { maxLength: 30 },
)

test('any distinct ids have distinct segments, also on a file system that ignores case', () => {
  fc.assert(
    fc.property(hardIds, (ids) => {
      const segments = segmentsOf(...ids).map((segment) => segment.toLowerCase())
      expect(new Set(segments).size).toBe(ids.length)
    }),
  )
})

test('any segment is one valid file name of at most 140 characters, on Windows too', () => {
  fc.assert(
    fc.property(hardIds, (ids) => {
      for (const segment of segmentsOf(...ids)) {
        expect(segment).toMatch(/^[A-Za-z0-9\-_.~%]{1,140}$/)
        expect(segment).not.toMatch(/^\.|\.$/)
        expect(segment).not.toMatch(/^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i)
      }
    }),
  )
})

test('the same ids in the same order have the same segments', () => {
  fc.assert(
    fc.property(hardIds, (ids) => {
      expect(segmentsOf(...ids)).toEqual(segmentsOf(...ids))
    }),
  )
})
