import { expect, test } from 'vitest'
import { localTime, seconds } from '../../../core/text/clock-text.ts'

test('a time is local, without offset and without fraction', () => {
  expect(localTime(new Date(2026, 2, 2, 9, 15, 7, 999).getTime())).toBe('2026-03-02T09:15:07')
  expect(localTime(new Date(2026, 11, 31, 23, 59, 59).getTime())).toBe('2026-12-31T23:59:59')
})

test('a time reads back as the same second', () => {
  const now = new Date(2026, 6, 1, 0, 0, 0).getTime()
  expect(new Date(localTime(now)).getTime()).toBe(now)
})

test('seconds have one decimal', () => {
  expect([0, 49, 50, 15_249, 125_300, 3_600_000].map(seconds)).toEqual([0, 0, 0.1, 15.2, 125.3, 3600])
})
