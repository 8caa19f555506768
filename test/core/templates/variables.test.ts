import { expect, test } from 'vitest'
import { variablesOf, variableText } from '../../../core/templates/variables.ts'
import { parseJson } from '../../../core/text/json.ts'

const texts = (json: string) =>
  Object.fromEntries([...variablesOf(parseJson(json))].map(([name, value]) => [name, variableText(value)]))

test('fields are variables, and nested ones flatten with __ and stay available as a whole', () => {
  expect(texts('{"id": 7, "author": {"name": "Ada", "born": {"year": 1815}}}')).toEqual({
    id: '7',
    author: '{"name": "Ada", "born": {"year": 1815}}',
    author__name: 'Ada',
    author__born: '{"year": 1815}',
    author__born__year: '1815',
  })
})

test('text goes in as it is, everything else as JSON on one line', () => {
  expect(texts('{"a": "two\\nlines \\"quoted\\"", "b": ["a", "b"], "c": null, "d": false, "e": [], "f": {}}')).toEqual({
    a: 'two\nlines "quoted"',
    b: '["a", "b"]',
    c: 'null',
    d: 'false',
    e: '[]',
    f: '{}',
  })
})

test('numbers have the digits of their source', () => {
  expect(texts('{"a": 1.10, "b": [9007199254740993, 1e400], "c": {"d": -0}}')).toEqual({
    a: '1.10',
    b: '[9007199254740993, 1e400]',
    c: '{"d": -0}',
    c__d: '-0',
  })
})

test('an item that is no object offers no fields', () => {
  expect(['7', '"a"', 'null', '[{"a": 1}]', '1.10'].map(texts)).toEqual([{}, {}, {}, {}, {}])
})

test('names of the prototype are fields like others', () => {
  expect(texts('{"__proto__": {"a": 1}, "constructor": 2}')).toEqual(
    Object.fromEntries([
      ['__proto__', '{"a": 1}'],
      ['__proto____a', '1'],
      ['constructor', '2'],
    ]),
  )
})

test.each([
  ['a key before a nested field', '{"a__b": 1, "a": {"b": 2}}', 'a__b'],
  ['a key behind a nested field', '{"a": {"b": 2}, "a__b": 1}', 'a__b'],
  ['two ways of nesting', '{"a": {"b__c": 1, "b": {"c": 2}}}', 'a__b__c'],
])('one name for two fields is a clash: %s', (_how, item, name) => {
  expect(() => texts(item)).toThrow(`{${name}} could be two fields: the key ${name} and a nested one`)
})
