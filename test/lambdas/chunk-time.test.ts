import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RunInterrupted } from '../../core/errors.ts'
import { ChunkTime } from '../../lambdas/chunk-time.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** After how many seconds each signal aborts. */
function aborts(remainingMs: number): { short: number; over: number } {
  const time = new ChunkTime(remainingMs)
  const began = Date.now()
  const found = { short: 0, over: 0 }
  time.short.addEventListener('abort', () => (found.short = (Date.now() - began) / 1000))
  time.over.addEventListener('abort', () => (found.over = (Date.now() - began) / 1000))
  vi.advanceTimersByTime(remainingMs)
  expect(time.over.reason).toBeInstanceOf(RunInterrupted)
  return found
}

describe('the time of a chunk', () => {
  test('a call that begins has half of it, and ten seconds stay for the end', () => {
    expect(aborts(900_000)).toEqual({ short: 445, over: 890 })
  })

  test('a short Lambda keeps back a quarter for the end', () => {
    expect(aborts(30_000)).toEqual({ short: 11.25, over: 22.5 })
  })

  test('an answer that is asked for at the beginning ends before the time is over', () => {
    expect(new ChunkTime(900_000).longestAnswerMs).toBe(801_000)
    expect(new ChunkTime(30_000).longestAnswerMs).toBe(20_250)
  })

  test('nothing aborts when the chunk has ended', () => {
    const time = new ChunkTime(10_000)
    time.end()
    vi.advanceTimersByTime(20_000)
    expect([time.short.aborted, time.over.aborted]).toEqual([false, false])
  })
})
