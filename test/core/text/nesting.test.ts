import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isNestedTooDeep } from '../../../core/text/nesting.ts'

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

test('a text is too deep from the first level above the most', () => {
  const nested = (levels: number) => `${'[{"a": '.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`
  expect([1000, 1002, 200_000].map((levels) => isNestedTooDeep(nested(levels)))).toEqual([false, true, true])
})

test('brackets in texts do not count', () => {
  expect(isNestedTooDeep(JSON.stringify({ a: '["\\"{['.repeat(2000) }))).toBe(false)
})

test('the depth of any JSON is found', () => {
  const value = fc.jsonValue({ maxDepth: 6 }).map((inner) => ({ '"[{\\': inner, pad: 'x'.repeat(20) }))
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 8 }), (json, most) => {
      expect(isNestedTooDeep(JSON.stringify(json), most)).toBe(depthOf(json) > most)
    }),
  )
})
