import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortedJson } from '../../../core/text/sorted-json.ts'

const keys = fc.dictionary(
  fc.string().filter((key) => key !== '__proto__'),
  fc.jsonValue(),
)

test('the order of fields does not matter, at any depth', () => {
  fc.assert(
    fc.property(keys, (fields) => {
      const reversed = Object.fromEntries(Object.entries(fields).reverse())
      expect(sortedJson({ a: [reversed] })).toBe(sortedJson({ a: [fields] }))
    }),
  )
})

test.each([
  [{ a: [1, 2] }, { a: [2, 1] }],
  [{ a: 1 }, { a: '1' }],
  [{ a: null }, {}],
])('what means something else differs: %j, %j', (one, other) => {
  expect(sortedJson(one)).not.toBe(sortedJson(other))
})
