import { expect, test } from 'vitest'
import { CacheWatch } from '../../../core/money/cache-watch.ts'

const used = (written: number, read: number) => ({
  ...{ input_tokens: 10, output_tokens: 5, cache_write_tokens: written, cache_read_tokens: read },
})

/** One call after the other, each with its beginning and what it wrote and read; says after which of them marking was given up. */
function givenUpAfter(calls: [prefix: string, written: number, read: number][], concurrency = 16): number[] {
  const watch = new CacheWatch({ concurrency })
  return calls.flatMap(([prefix, written, read], at) =>
    watch.sees(watch.before(prefix), used(written, read)) ? [at + 1] : [],
  )
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

test('a beginning that is written again and again is given up at the third time, and that is said once', () => {
  expect(givenUpAfter(times(10, ['same', 1200, 0]))).toEqual([4])
})

test('a read says that the cache is of use', () => {
  const mixed: [string, number, number][] = [
    ['same', 1200, 0],
    ['same', 1200, 0],
    ['same', 0, 1200],
  ]
  expect(givenUpAfter([...mixed, ...mixed, ...mixed])).toEqual([])
})

test('calls that went out together may all write', () => {
  const watch = new CacheWatch({ concurrency: 16 })
  const together = times(16, 0).map(() => watch.before('same'))
  expect(together.some((before) => watch.sees(before, used(1200, 0)))).toBe(false)
})

test('beginnings that differ may each be written once, but not without end if nobody reads', () => {
  const calls = times(20, 0).map((_, at): [string, number, number] => [`beginning ${at}`, 1200, 0])
  expect([givenUpAfter(calls, 16), givenUpAfter(calls, 2)]).toEqual([[], [9]])
})

test('replies that neither wrote nor read say nothing', () => {
  expect(givenUpAfter(times(50, ['same', 0, 0]))).toEqual([])
})
