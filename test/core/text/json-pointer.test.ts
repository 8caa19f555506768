import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../../core/text/json.ts'
import { pointerParts, valueAt } from '../../../core/text/json-pointer.ts'

test('a pointer has parts, with ~1 for a slash and ~0 for a tilde', () => {
  expect(['', '/', '/data/items', '/a~1b/c~0d', '/~01', '/0'].map(pointerParts)).toEqual([
    [],
    [],
    ['data', 'items'],
    ['a/b', 'c~d'],
    ['~1'],
    ['0'],
  ])
})

test('a pointer leads to fields and elements', () => {
  const value = JSON.parse('{"a": [1, {"b": null}], "__proto__": {"c": 2}, "length": 3}')
  expect(['', '/a/0', '/a/1/b', '/__proto__/c', '/length'].map((pointer) => valueAt(value, pointer))).toEqual([
    value,
    1,
    null,
    2,
    3,
  ])
})

test.each(['toString', '__proto__', 'constructor', 'hasOwnProperty', 'length', 'at', '-1', '01', '1.0', ' 0', ''])(
  'what only JavaScript has is not there: %j',
  (part) => {
    for (const value of [{}, [1, 2], 'text', 5, true, null]) expect(valueAt({ a: value }, `/a/${part}`)).toBeUndefined()
  },
)

test('a pointer finds exactly the own values of any value', () => {
  const names = fc.oneof(fc.constantFrom('toString', '__proto__', 'length', '0', '1', 'a', 'valueOf'), fc.string())
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(names, { minLength: 1, maxLength: 3 }), (value, parts) => {
      const walked = parts.reduce<unknown>(
        (inner, part) =>
          typeof inner === 'object' && inner !== null
            ? new Map<string, unknown>(Object.entries(inner)).get(part)
            : undefined,
        value,
      )
      const pointer = parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
      if (pointer !== '/') expect(valueAt(value as Json, pointer)).toEqual(walked)
    }),
    { numRuns: 1000 },
  )
})
