import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginning, graphemesOf, shorten } from '../../../core/text/shorten.ts'

test.each([
  ['what is short enough', 'abc', 3, 'abc'],
  ['what is longer', 'abcd', 3, 'abc…'],
  ['an emoji at the end', 'ab😀d', 3, 'ab…'],
  ['an emoji that just fits', 'ab😀d', 4, 'ab😀…'],
  ['an emoji of four with their joiners', 'a👩‍👩‍👧‍👦b', 8, 'a…'],
  ['a flag', '🇩🇪🇫🇷', 6, '🇩🇪…'],
  ['a letter and its accent', 'abe\u0301f', 3, 'ab…'],
  ['a syllable of Hangul in its letters', '\u1112\u1161\u11ab\u1100\u1173\u11af', 4, '\u1112\u1161\u11ab…'],
  ['half a pair that came in', 'ab\ud83dcd', 4, 'ab\ufffdc…'],
  ['half a pair in a short text', 'a\ud83d', 9, 'a\ufffd'],
  ['nothing at all', 'abc', 0, '…'],
])('%s: %j to %i is %j', (_what, text, most, short) => {
  expect(shorten(text, most)).toBe(short)
})

test('a letter with more accents than there is room for is cut between them', () => {
  expect(shorten(`e${'\u0301'.repeat(50)}`, 10)).toBe(`e${'\u0301'.repeat(9)}…`)
  expect(shorten(`😀${'\u{1F3FB}'.repeat(50)}`, 9)).toBe(`😀${'\u{1F3FB}'.repeat(3)}…`)
})

test('what is left of any text is its beginning, well-formed, of whole characters, and no longer than it may be', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\ud83d', '\ude00', '\u0301', '\u200d', '👩‍🚀', '🇩🇪', 'a'),
      fc.string({ maxLength: 1, unit: 'binary' }),
    ),
  })
  fc.assert(
    fc.property(text, fc.nat(30), (whole, most) => {
      const begun = beginning(whole, most)
      expect({ long: begun.length > most, good: begun.isWellFormed() }).toEqual({ long: false, good: true })
      expect(whole.toWellFormed().startsWith(begun)).toBe(true)
      const graphemes = [...graphemesOf(whole.toWellFormed())]
      const counts = graphemes.map((_, at) => graphemes.slice(0, at + 1).join('').length)
      if ((counts[0] ?? 0) <= most) expect([0, ...counts]).toContain(begun.length)
    }),
    { numRuns: 2000 },
  )
})
