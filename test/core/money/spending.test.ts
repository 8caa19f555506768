import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Spending } from '../../../core/documents.ts'
import { nothingSpent, plus, spendingOf } from '../../../core/money/spending.ts'

const spent = (cost_usd: number | null): Spending => ({
  ...{ input_tokens: 10, output_tokens: 2, cache_read_tokens: 3, cache_write_tokens: 4 },
  cost_usd,
})

test('tokens and cost add up', () => {
  expect(plus(spent(0.1), spent(0.2))).toEqual({
    ...{ input_tokens: 20, output_tokens: 4, cache_read_tokens: 6, cache_write_tokens: 8 },
    cost_usd: 0.3,
  })
})

test('a cost that is not known makes the sum unknown, never 0', () => {
  expect([plus(spent(null), spent(1)), plus(spent(1), spent(null)), plus(spent(null), nothingSpent)]).toMatchObject(
    Array(3).fill({ input_tokens: expect.any(Number), cost_usd: null }),
  )
})

test('a hundred thousand answers cost what one costs times a hundred thousand', () => {
  let sum = nothingSpent
  for (let at = 0; at < 100_000; at++) sum = plus(sum, spent(0.000123))
  expect(sum.cost_usd).toBe(12.3)
})

test('the order of adding does not matter', () => {
  const cost = fc.oneof(
    fc.constant(null),
    fc.nat(10_000_000).map((billionths) => billionths / 1e9),
  )
  fc.assert(
    fc.property(fc.array(cost, { maxLength: 20 }), (costs) => {
      const sum = (some: (number | null)[]) => some.map(spent).reduce(plus, nothingSpent)
      expect(sum(costs.toReversed())).toEqual(sum(costs))
    }),
  )
})

test('only what was spent is taken out of a line', () => {
  expect(spendingOf({ ...spent(1), item_index: 3 } as Spending)).toEqual(spent(1))
})
