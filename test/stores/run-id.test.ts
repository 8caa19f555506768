import { decodeTime, isValid } from 'ulid'
import { expect, test } from 'vitest'
import { isRunId, runIdFor } from '../../stores/run-id.ts'

test('the same key stands for the same run, another key for another', () => {
  expect(runIdFor('order-17')).toBe(runIdFor('order-17'))
  expect(runIdFor('order-17')).not.toBe(runIdFor('order-18'))
})

test('whatever the key, the id is a ULID, and so can be the name of an execution and of a one-off', () => {
  for (const key of ['a', 'ü/ß', '0'.repeat(255), '../..', 'f47ac10b-58cc-4372-a567-0e02b2c3d479']) {
    const id = runIdFor(key)
    expect([key, isValid(id), isRunId(id)]).toEqual([key, true, true])
  }
})

test('without a key each id is another, with the time in it', () => {
  const before = Date.now()
  const id = runIdFor()
  expect(runIdFor()).not.toBe(id)
  expect(decodeTime(id)).toBeGreaterThanOrEqual(before)
})

test.each(['', 'a b', 'a/b', 'x'.repeat(81)])('%j cannot be an execution', (id) => expect(isRunId(id)).toBe(false))
