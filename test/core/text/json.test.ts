import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inlineJson, isExactNumber, isObject, type Json, jsonText, parseJson } from '../../../core/text/json.ts'

const kept = (text: string) => jsonText(parseJson(text))

test.each([
  ['a number beyond every double', '1e400'],
  ['a 64-bit integer', '9223372036854775807'],
  ['more digits than a double has', '0.12345678901234567890'],
  ['sixteen digits on both sides of the point', '1234567890.1234568'],
  ['seventeen digits on both sides of the point', '12345678.123456789'],
  ['zeros at the end', '1.10'],
  ['a whole number with decimals', '1.0'],
  ['minus zero', '-0'],
  ['minus zero with decimals', '-0.0'],
  ['an exponent', '1E5'],
  ['an exponent with a plus', '1e+5'],
  ['a small number that JavaScript writes with an exponent', '0.0000001'],
  ['a large number that JavaScript writes with an exponent', '1000000000000000000000'],
])('%s keeps its digits', (_what, text) => {
  expect([kept(text), kept(`[${text}]`), kept(`{"a":{"b":${text}}}`), inlineJson(parseJson(text))]).toEqual([
    text,
    `[${text}]`,
    `{"a":{"b":${text}}}`,
    text,
  ])
})

test('a number that JavaScript keeps is a number', () => {
  expect(['0', '-1', '1.5', '4001', '0.000001', '123456789012345'].map(parseJson)).toEqual([
    0, -1, 1.5, 4001, 0.000001, 123456789012345,
  ])
})

test('a number kept exactly is neither an object nor a text, and an object with its field is not one', () => {
  const exact = parseJson('1e400')
  expect([isExactNumber(exact), isObject(exact)]).toEqual([true, false])
  const object = parseJson('{"rawJSON": "1e400"}')
  expect([isExactNumber(object), isObject(object)]).toEqual([false, true])
})

test('digits in texts and keys change nothing', () => {
  expect(kept('{"1e400":"1.10 and 12345678901234567890"}')).toBe('{"1e400":"1.10 and 12345678901234567890"}')
})

test('half of a surrogate pair stays escaped', () => {
  expect(kept('"\\ud83d"')).toBe('"\\ud83d"')
  expect(kept('"😀"')).toBe('"😀"')
})

test('a field named __proto__ stays a field', () => {
  expect(kept('{"__proto__":{"a":1},"b":1.10}')).toBe('{"__proto__":{"a":1},"b":1.10}')
})

test('an indent of 2 is how documents are written', () => {
  expect(jsonText(parseJson('{"a":[1.10,{}],"b":"é"}'), 2)).toBe('{\n  "a": [\n    1.10,\n    {}\n  ],\n  "b": "é"\n}')
})

test('JSON on one line has spaces behind commas and colons', () => {
  expect(inlineJson(parseJson('{"a":["x","y"],"b":{"c":null},"d":[],"e":{}}'))).toBe(
    '{"a": ["x", "y"], "b": {"c": null}, "d": [], "e": {}}',
  )
})

test('what is not JSON throws', () => {
  for (const text of ['', '{', '[1,]', "{'a': 1}", 'NaN', '01', '1.', '.5']) {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  }
})

const digits = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most })

/** Every spelling of a number that JSON has. */
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      fc.tuple(fc.constantFrom(...'123456789'), digits(0, 22)).map((parts) => parts.join('')),
    ),
    fc.oneof(
      fc.constant(''),
      digits(1, 22).map((some) => `.${some}`),
    ),
    fc.oneof(
      fc.constant(''),
      fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-'), digits(1, 3)).map((all) => all.join('')),
    ),
  )
  .map((parts) => parts.join(''))

test('any number keeps its digits, wherever it stands', () => {
  fc.assert(
    fc.property(fc.array(numberText), numberText, (numbers, one) => {
      const text = `{"a":[${numbers.join(',')}],"b":{"c":${one}}}`
      expect(kept(text)).toBe(text)
    }),
    { numRuns: 1000 },
  )
})

test('any value reads back from one line as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(JSON.parse(inlineJson(parseJson(JSON.stringify(value))))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('one line is one line', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(inlineJson(value as Json)).not.toMatch(/[\n\r]/)
    }),
  )
})
