import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RunInterrupted } from '../../core/errors.ts'
import { BatchTime } from '../../lambdas/batch-time.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** After how many seconds each signal aborts. */
function aborts(remainingMs: number): { short: number; over: number } {
  const time = new BatchTime(remainingMs)
  const began = Date.now()
  const found = { short: 0, over: 0 }
  time.short.addEventListener('abort', () => (found.short = (Date.now() - began) / 1000))
  time.over.addEventListener('abort', () => (found.over = (Date.now() - began) / 1000))
  vi.advanceTimersByTime(remainingMs)
  expect(time.over.reason).toBeInstanceOf(RunInterrupted)
  return found
}

describe('the time of a batch', () => {
  test('a call that begins has four minutes, and ten seconds stay for the end', () => {
    expect(aborts(900_000)).toEqual({ short: 650, over: 890 })
  })

  test('a short Lambda keeps back a quarter, and begins calls in the first half of the rest', () => {
    expect(aborts(30_000)).toEqual({ short: 11.25, over: 22.5 })
  })

  test('nothing aborts when the batch has ended', () => {
    const time = new BatchTime(10_000)
    time.end()
    vi.advanceTimersByTime(20_000)
    expect([time.short.aborted, time.over.aborted]).toEqual([false, false])
  })
})
