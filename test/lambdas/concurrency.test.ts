import { describe, expect, test } from 'vitest'
import { concurrencyOf } from '../../lambdas/concurrency.ts'

describe('calls at once are shared out to chunks', () => {
  test.for([
    [1, 1, 1],
    [2, 2, 1],
    [10, 4, 2],
    [16, 4, 4],
    [64, 8, 8],
    [1000, 25, 40],
  ])('%i calls are %i in each of %i chunks', ([most = 0, batch_concurrency, map_concurrency]) => {
    expect(concurrencyOf(most)).toEqual({ batch_concurrency, map_concurrency })
  })

  test('never more than a step may have, and at least half of it', () => {
    for (let most = 1; most <= 1000; most++) {
      const { batch_concurrency, map_concurrency } = concurrencyOf(most)
      expect(batch_concurrency * map_concurrency).toBeLessThanOrEqual(most)
      expect(batch_concurrency * map_concurrency).toBeGreaterThan(most / 2)
      expect(batch_concurrency).toBeLessThanOrEqual(25)
    }
  })
})
