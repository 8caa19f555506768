import { expect, test } from 'vitest'
import { errorOf, isOurs } from '../../runners/ended-run.ts'

const ended = (name: string, message = 'Why.') => errorOf({ name, message, account: null })

test.each([
  'ModelUnavailable',
  'NothingToDo',
  'PartsMissing',
  'RunFailed',
  'RunInterrupted',
  'StoreUnwritable',
  'VersionBusy',
  'WriterReplaced',
] as const)('%s is thrown as the local runner throws it', (name) => {
  const error = ended(name)
  expect([error.name, error.message, isOurs(name)]).toEqual([name, 'Why.', true])
})

test('a refusal has each problem by itself', () => {
  expect(ended('RequestRefused', 'One.\nTwo.')).toMatchObject({ name: 'RequestRefused', problems: ['One.', 'Two.'] })
})

test('a limit that was reached knows the limit and what was spent', () => {
  const error = errorOf({ name: 'BudgetReached', message: 'Why.', account: { limit_usd: 2, spent_usd: 1.9 } })
  expect(error).toMatchObject({ name: 'BudgetReached', limit_usd: 2, spent_usd: 1.9 })
})

test.each(['States.Runtime', 'Lambda.Unknown', 'TimedOut'])(
  '%s, which is none of ours, is a run that failed',
  (name) => {
    expect([ended(name).name, isOurs(name), isOurs(null)]).toEqual(['RunFailed', false, false])
  },
)
