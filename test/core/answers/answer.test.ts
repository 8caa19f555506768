import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findAnswer } from '../../../core/answers/answer.ts'
import { jsonText, parseJson } from '../../../core/text/json.ts'

const found = (text: string) => {
  const result = findAnswer(text)
  return 'answer' in result ? jsonText(result.answer) : result.unusable
}

test.each([
  ['the whole text', '{"a": 1}', '{"a":1}'],
  ['the whole text with a BOM and white space', '\uFEFF \n[1]\n ', '[1]'],
  ['exact digits', '{"a": 1.10, "b": 1e400}', '{"a":1.10,"b":1e400}'],
  ['a code fence', '```json\n{"a": 1}\n```', '{"a":1}'],
  ['a code fence without a language', '```\n[1]\n```', '[1]'],
  ['a code fence with CRLF', '```json\r\n{"a": 1}\r\n```\r\n', '{"a":1}'],
  ['a code fence in prose', 'Here it is:\n\n```json\n{"a": 1}\n```\n\nAnything else?', '{"a":1}'],
  ['prose around an object', 'Here it is: {"a": {"b": []}}. Anything else?', '{"a":{"b":[]}}'],
  ['prose around an array', 'The list: [1, [2], {"a": 3}]!', '[1,[2],{"a":3}]'],
  ['prose with brackets that are no JSON', 'For {x | x > 0} see [below]: {"a": 1}', '{"a":1}'],
  ['prose with a bracket that never closes', 'On [0, 1) it is {"a": 1}', '{"a":1}'],
  ['prose with a quote', 'It\'s 5" long: {"a": 1}', '{"a":1}'],
  ['braces in texts', 'So: {"a": "}]{[", "b": "\\"}"} and no more', '{"a":"}]{[","b":"\\"}"}'],
  ['a fence in a text', '{"a": "```json\\n1\\n```"}', '{"a":"```json\\n1\\n```"}'],
  ['a text as the whole', '"hello"', '"hello"'],
  ['a number as the whole', '4.50', '4.50'],
  ['true or false as the whole', 'false', 'false'],
  ['a scalar in a fence that is the whole', '```json\n42\n```', '42'],
  ['an empty object', '{}', '{}'],
  ['an empty array', '[]', '[]'],
])('%s is found', (_what, text, answer) => {
  expect(found(text)).toBe(answer)
})

test.each([
  ['nothing', '', 'empty_answer'],
  ['white space', ' \n\t', 'empty_answer'],
  ['null', 'null', 'empty_answer'],
  ['null in a fence', '```json\nnull\n```', 'empty_answer'],
  ['prose', 'I cannot do that.', 'invalid_json'],
  ['a scalar in prose', 'The answer is 42.', 'invalid_json'],
  ['two objects', '{"a": 1}\n{"a": 2}', 'invalid_json'],
  ['two objects in prose', 'Either {"a": 1} or {"a": 2}.', 'invalid_json'],
  ['two fences', '```\n{"a": 1}\n```\n```\n{"a": 2}\n```', 'invalid_json'],
  ['NaN', 'NaN', 'invalid_json'],
])('%s is unusable', (_what, text, kind) => {
  expect(found(text)).toBe(kind)
})

test.each([
  ['a comma too many', '{"title": "x", "options": ["a", "b"], }'],
  ['keys without quotes', '{title: "x", options: ["a", "b"]}'],
  ['single quotes', "{'title': 'x', 'options': [1, 2]}"],
  ['a quote that is not escaped', '{"title": "5" tall", "options": ["a", "b"]}'],
  ['a comment', '{"title": "x", // the title\n"options": ["a", "b"]}'],
  ['an end that is missing', '{"title": "x", "options": ["a", "b"]'],
  ['an end that is missing, of an array', '[{"title": "x"}, '],
  ['keys without quotes and no end', '{title: "x", options: ["a", "b"]'],
  ['a wrong bracket at the end', '{"title": "x", "options": ["a", "b"]]'],
  ['a comma too many, in a fence', '```json\n{"title": "x", "options": ["a", "b"], }\n```'],
])('a piece of a broken value is not taken for the answer: %s', (_what, text) => {
  expect(found(text)).toBe('invalid_json')
})

test('the reason is a sentence that the model can act on', () => {
  const reason = (text: string) => {
    const result = findAnswer(text)
    return 'reason' in result ? result.reason : null
  }
  expect([reason(''), reason('null'), reason('{"a": 1} {"b": 2}'), reason('{"a": }')]).toEqual([
    'The answer is empty. Expected a JSON value.',
    'The answer is null. Expected a JSON value with content.',
    'The answer is not JSON: it holds more than one value.',
    'The answer is not JSON: Unexpected token \'}\', "{"a": }" is not valid JSON.',
  ])
})

test.each([
  ['JSON lines of which one is whole', '{"q":1,}\n{"q":2,}\n{"q":3}'],
  ['JSON lines', '{"q":1}\n{"q":2}'],
  ['a summary behind a broken list', 'Results: [{"n":1}, {"n":2},] Summary: {"n":2}'],
  ['a summary behind a broken list of numbers', 'Results: [1, 2,] Summary: {"n":2}'],
  ['a summary behind a broken list of words', 'Results: [yes, no Summary: {"n":2}'],
  ['a value behind one with keys that lack a quote', '{a": {"b": 1}} {"n":2}'],
  ['a value that lacks its first brace', '"a": 1, "b": {"c": 2}}'],
  ['a value that lacks both braces', '"a": {"c": 2}'],
  ['an array that lacks its first bracket', '{"a": 1}, 2]'],
  ['an array that lacks both brackets', '{"a": 1}, "b"'],
  ['an array that lacks its last bracket, in prose', 'The list: [0, {"a": 1}'],
  ['a value before a broken one', 'First {"a": 1}, then {"b": }'],
  ['a fence and a value beside it', '```json\n{"a": 1}\n```\nor {"a": 2}'],
  ['a fence and a broken value beside it', '{"a": 1,}\n```json\n{"a": 2}\n```'],
  ['a fence of code beside the value', 'Run\n```sh\nnpm test\n```\nand get {"a": 1}'],
  ['a fence with two values', '```json\n{"a": 1}\n{"a": 2}\n```'],
  ['a fence with prose and a value', '```\nHere: {"a": 1}\n```'],
  ['an open fence behind the value', '{"a": 1}\n```json\n{"a":'],
])('two candidates, or a piece of one, are no answer: %s', (_what, text) => {
  expect(found(text)).toBe('invalid_json')
})

test.each([
  'For example:\n```json\n{"a": 1}\n```',
  'I cannot say which. It could be e.g. {"a": 1}',
  'I need the title first. An answer looks like this:\n\n```json\n{"a": 1}\n```\n\nPlease send it.',
  'A sample response: {"a": 1}',
  'It would be {"a": 1}',
  '{"a": 1} is only an example.',
  'An answer might look as follows.\n\n{"a": 1}',
  'I have no data, but the shape would be:\n{"a": 1}',
  'Something like this:\n{"a": 1}',
  'It may be a list such as the following: [1]',
  '```json\n{"a": 1}\n```\nThis is an illustration.',
  'Zum Beispiel: {"a": 1}',
  'So könnte es z. B. aussehen: {"a": 1}',
  'Par exemple : {"a": 1}',
  'Por ejemplo: {"a": 1}',
  'Per esempio: {"a": 1}',
  'Например: {"a": 1}',
  '例えば: {"a": 1}',
  '例如：{"a": 1}',
])('a value that is introduced as an example is no answer: %s', (text) => {
  expect(findAnswer(text)).toEqual({
    unusable: 'invalid_json',
    reason: 'The answer is not JSON: its only value is introduced as an example.',
  })
})

test.each([
  'Here is the JSON in the requested format:\n\n```json\n{"a": 1}\n```\n\nTell me if you need more.',
  'For example 3 + 5 makes 8.\n\nSo the answer is {"a": 1}',
  'Voilà : {"a": 1}. Bonne journée !',
  'Samples were counted (see [below]) on [0, 1): {"a": 1}',
  'The exemplary result:\n{"a": 1}',
  '{"a": 1}\n\nLet me know if anything else would be helpful!',
  'Given factors such as the price, I come to this result:\n\n{"a": 1}',
  'I like this one best. The result: {"a": 1}. If you need another example, tell me.',
  'It could be argued otherwise. Here it is: {"a": 1}',
])('prose around the one value does not hide it: %s', (text) => {
  expect(found(text)).toBe('{"a":1}')
})

/** JSON texts of objects and arrays, cut into their pieces. */
const jsonPieces = fc
  .tuple(
    fc.oneof(
      fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }),
      fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 1 }),
    ),
    fc.constantFrom(0, 2),
  )
  .map(([value, indent]) => JSON.stringify(value, null, indent).match(/"(?:[^"\\]|\\.)*"|\s+|[^\s"[\]{},:]+|./g) ?? [])

/** What becomes of the piece at a place: it is gone, loses a letter, comes twice, or is another. */
const damages: ((piece: string) => string)[] = [
  () => '',
  (piece) => piece.slice(1),
  (piece) => piece.slice(0, -1),
  (piece) => piece + piece,
  ...['"', '{', '}', '[', ']', ',', ':', '(', "'", 'x'].map((other) => () => other),
]

test('a reply made of a value with one piece damaged never yields a part of it', () => {
  const prose = fc.constantFrom('', 'Here it is: ', 'Done.\n\n', '\n\nThat is all.')
  fc.assert(
    fc.property(
      fc.tuple(prose, jsonPieces, prose),
      fc.nat(),
      fc.constantFrom(...damages),
      ([before, whole, after], at, damage) => {
        const pieces = [...whole]
        pieces[at % pieces.length] = damage(pieces[at % pieces.length]!)
        const damaged = pieces.join('')
        const result = found(before + damaged + after)
        if (result === 'invalid_json' || result === 'empty_answer') return
        expect(result).toBe(jsonText(parseJson(damaged)))
      },
    ),
    { numRuns: 5000 },
  )
})

test('the reason quotes whole characters only', () => {
  for (let before = 0; before < 12; before++) {
    const result = findAnswer(`${'x'.repeat(before)}${'😀'.repeat(20)}`)
    const reason = 'reason' in result ? result.reason : ''
    expect(reason).toMatch(before === 0 ? /^The answer is not JSON: Unexpected token '😀', / : /token 'x'/)
    expect({ reason, whole: reason.isWellFormed() }).toEqual({ reason, whole: true })
  }
})

const pieces = [
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  ',',
  ':',
  '1',
  '"a"',
  'null',
  '```',
  '```json\n',
  '\n',
  ' ',
  'so',
  '\ud800',
]

test('any text has an answer or a reason', () => {
  const any = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...pieces) }))
  fc.assert(
    fc.property(any, (text) => {
      const result = findAnswer(text)
      expect('answer' in result ? result.answer : result.reason).not.toBe(null)
    }),
    { numRuns: 2000 },
  )
})

test('any JSON as the whole text is the answer, unless it is null', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(found(JSON.stringify(value))).toBe(value === null ? 'empty_answer' : JSON.stringify(value))
    }),
  )
})

test('any object is found in prose without brackets, unless a key or a fence stands there', () => {
  const prose = fc
    .string({ unit: fc.constantFrom('a', ' ', '.', '"', "'", '\n', '`', '1', ':') })
    .filter((text) => !/["']\s*:\s*$|```/.test(text))
  const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }))
  fc.assert(
    fc.property(prose, object, prose, (before, value, after) => {
      const text = `${before}${JSON.stringify(value)}${after}`
      // "{}" with its quotes is JSON as a whole: a text.
      fc.pre(!isJsonText(text))
      expect(found(text)).toBe(JSON.stringify(value))
    }),
    {
      examples: [
        ['"', {}, '"'],
        [' "', { a: 1 }, '"\n'],
      ],
    },
  )
})

function isJsonText(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'string'
  } catch {
    return false
  }
}

test('a text of nothing but brackets is looked through quickly enough to be a test', () => {
  expect(found('['.repeat(100_000))).toBe('invalid_json')
  expect(found('[1'.repeat(50_000))).toBe('invalid_json')
  expect(found('a```x\n'.repeat(100_000))).toBe('invalid_json')
  expect(found('[a'.repeat(100_000))).toBe('invalid_json')
  expect(found(`"${' '.repeat(100_000)}x {"a": 1}`)).toBe('{"a":1}')
})

test('a scalar in a fence counts only where the fence is the whole text', () => {
  expect(findAnswer('```json\n42\n```')).toEqual({ answer: 42 })
  expect(findAnswer('Such as:\n```json\n42\n```\nBut I cannot say.')).toHaveProperty('unusable', 'invalid_json')
})

test('an answer that is nested too deeply to be written is unusable', () => {
  expect(findAnswer(`${'['.repeat(600)}${']'.repeat(600)}`)).toEqual({
    unusable: 'invalid_json',
    reason: 'The answer is nested more than 500 levels deep.',
  })
  expect(findAnswer(`[${Array(600).fill('[1]').join(',')}]`)).toHaveProperty('answer')
})
