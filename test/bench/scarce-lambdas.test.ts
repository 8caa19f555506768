import { expect, test } from 'vitest'
import { before, now, numbersFrom, simulate, summary } from '../../bench/scarce-lambdas.ts'

const work = { chunks: 400, seconds: 9 }

test.for([
  [1, 8, 3],
  [10, 12, 1],
  [10, 12, 3],
  [10, 40, 5],
])('with %i free Lambdas, %i asked for by each of %i runs, all complete', ([free = 0, asked = 0, runs = 0]) => {
  expect(summary({ free, asked, runs }, now, { ...work, times: 5 }).failed).toBe(0)
})

test('runs share what there is: the first to begin does not keep it all', () => {
  const { runs } = simulate({ free: 10, asked: 40, runs: 3 }, now, { ...work, random: numbersFrom(7) })
  const alone = (work.chunks * work.seconds) / 10
  expect(runs.every(({ completed }) => completed)).toBe(true)
  expect(Math.max(...runs.map(({ seconds }) => seconds))).toBeLessThan(3 * alone + 1200)
})

test('the waits before this could not do it', () => {
  expect(summary({ free: 1, asked: 8, runs: 3 }, before, { ...work, times: 5 }).failed).toBeGreaterThan(0.5)
})
