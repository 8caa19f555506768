import { describe, expect, test } from 'vitest'
import { chunkLimitsOf, concurrencyOf } from '../../lambdas/concurrency.ts'

const room = { memoryMb: 1024, callBytes: 20_000 }

describe('calls at once are shared out to Lambdas', () => {
  test.for([
    [1, 1, 1],
    [16, 16, 1],
    [64, 64, 1],
    [128, 128, 1],
    [129, 128, 1],
    [200, 100, 2],
    [256, 128, 2],
    [1000, 125, 8],
  ])('%i calls are %i in each of %i Lambdas', ([most = 0, batch_concurrency, map_concurrency]) => {
    expect(concurrencyOf(most, room)).toEqual({ batch_concurrency, map_concurrency })
  })

  test('large items lower what one Lambda takes: three of each have to fit beside the handler', () => {
    const shares = (callBytes: number, memoryMb = 1024) => concurrencyOf(64, { callBytes, memoryMb })
    expect(shares(3_000_000)).toEqual({ batch_concurrency: 64, map_concurrency: 1 })
    expect(shares(10_000_000)).toEqual({ batch_concurrency: 21, map_concurrency: 3 })
    expect(shares(10_000_000, 512)).toEqual({ batch_concurrency: 5, map_concurrency: 12 })
    expect(shares(500_000_000)).toEqual({ batch_concurrency: 1, map_concurrency: 64 })
  })

  test('where there are fewer Lambdas, each takes what it can, and there are fewer calls', () => {
    expect(concurrencyOf(1000, { ...room, lambdas: 3 })).toEqual({ batch_concurrency: 128, map_concurrency: 3 })
    expect(concurrencyOf(200, { ...room, lambdas: 1 })).toEqual({ batch_concurrency: 128, map_concurrency: 1 })
    expect(concurrencyOf(64, { ...room, lambdas: 10 })).toEqual({ batch_concurrency: 64, map_concurrency: 1 })
  })

  test('never more than a step may have, and nearly all of it', () => {
    for (let most = 1; most <= 1000; most++) {
      const { batch_concurrency, map_concurrency } = concurrencyOf(most, room)
      expect(batch_concurrency * map_concurrency).toBeLessThanOrEqual(most)
      expect(batch_concurrency * map_concurrency).toBeGreaterThan(most - Math.ceil(most / 128))
      expect(batch_concurrency).toBeLessThanOrEqual(128)
    }
  })
})

describe('items are shared out to chunks', () => {
  test.for([
    ['a million, 64 calls', 1_000_000, 64, 1920, 521],
    ['a million, 16 calls', 1_000_000, 16, 480, 2084],
    ['fewer than a chunk', 25, 16, 25, 1],
    ['eight Lambdas have a chunk each, however few the items', 5000, 1000, 625, 8],
    ['whole rounds: none works while the others are done', 40_000, 1000, 2500, 16],
    ['nothing', 0, 16, 1, 0],
  ] as const)('%s', ([, process, most, items, chunks]) => {
    const limits = chunkLimitsOf({ process }, concurrencyOf(most, room))
    expect([limits.items, Math.ceil(process / limits.items)]).toEqual([items, chunks])
  })

  test('a chunk has at most 30 waves, and the chunks as many rounds as the Lambdas need', () => {
    for (const most of [1, 7, 16, 100, 129, 640, 1000]) {
      for (let process = 1; process < 200_000; process = Math.ceil(process * 1.37)) {
        const shares = concurrencyOf(most, room)
        const { items } = chunkLimitsOf({ process }, shares)
        expect(items).toBeLessThanOrEqual(30 * shares.batch_concurrency)
        const chunks = Math.ceil(process / items)
        const rounds = Math.ceil(process / (30 * shares.batch_concurrency * shares.map_concurrency))
        expect(Math.ceil(chunks / shares.map_concurrency)).toBe(rounds)
      }
    }
  })
})
