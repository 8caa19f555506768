import { isValid } from 'ulid'
import { expect, test } from 'vitest'
import { isRunId, runIdOfKey } from '../../../core/text/run-id.ts'

test('the same key stands for the same run, another key for another', () => {
  expect(runIdOfKey('order-17')).toBe(runIdOfKey('order-17'))
  expect(runIdOfKey('order-17')).not.toBe(runIdOfKey('order-18'))
})

test('whatever the key, the id is a ULID, and so can be the name of an execution and of a one-off', () => {
  for (const key of ['a', 'ü/ß', '0'.repeat(255), '../..', 'f47ac10b-58cc-4372-a567-0e02b2c3d479']) {
    const id = runIdOfKey(key)
    expect([key, isValid(id), isRunId(id)]).toEqual([key, true, true])
  }
})

test.each(['', 'a b', 'a/b', 'x'.repeat(81)])('%j cannot be an execution', (id) => expect(isRunId(id)).toBe(false))
