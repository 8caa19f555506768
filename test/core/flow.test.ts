import { expect, test } from 'vitest'
import { flow, isFailure } from '../../core/flow.ts'

test('a refused request is no failure of the stack; the same error after a version was begun is one', () => {
  for (const name of flow.refusals) expect([isFailure(name, false), isFailure(name, true)]).toEqual([false, true])
})

test('a stop is no failure, and a time-out has an alarm of its own', () => {
  for (const name of ['RunInterrupted', 'TimedOut'])
    expect([isFailure(name, false), isFailure(name, true)]).toEqual([false, false])
})

test('anything else is a failure, with or without a version', () => {
  for (const name of ['RunFailed', 'StoreUnwritable', 'Lambda.Unknown', 'States.Runtime'])
    expect([isFailure(name, false), isFailure(name, true)]).toEqual([true, true])
})
