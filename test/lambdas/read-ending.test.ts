import { expect, test } from 'vitest'
import { readEnding } from '../../lambdas/read-ending.ts'

const execution = { id: 'arn:aws:states:us-east-1:1:execution:M:run-1', name: 'run-1' }
const detail = { executionArn: execution.id, name: 'run-1' }
const thrown = (errorMessage: string) => JSON.stringify({ errorType: 'RunFailed', errorMessage, trace: [] })

test("an error that the machine caught has its name and the Lambda's sentence", () => {
  expect(readEnding({ execution, error: { Error: 'RunFailed', Cause: thrown('Item 3 failed.') } })).toEqual({
    run_id: 'run-1',
    status: 'failed',
    error: 'RunFailed',
    cause: 'Item 3 failed.',
  })
})

test('an interruption aborts', () => {
  expect(readEnding({ execution, error: { Error: 'RunInterrupted', Cause: thrown('Stopped.') } }).status).toBe(
    'aborted',
  )
})

test('a cause that is no JSON stands as it is, and one that is missing is the name', () => {
  expect(readEnding({ execution, error: { Error: 'States.Runtime', Cause: 'No such field' } }).cause).toBe(
    'No such field',
  )
  expect(readEnding({ execution, error: { Error: 'Lambda.Unknown' } }).cause).toBe('Lambda.Unknown.')
})

test.for([
  ['ABORTED', 'aborted', 'RunInterrupted', 'The execution was stopped.'],
  ['TIMED_OUT', 'failed', 'TimedOut', 'The execution took longer than it may.'],
  ['FAILED', 'failed', 'RunFailed', 'The execution failed.'],
] as const)('an execution that ended %s without words is %s (%s)', ([status, ending, error, cause]) => {
  expect(readEnding({ detail: { ...detail, status } })).toEqual({ run_id: 'run-1', status: ending, error, cause })
})

test('what an execution says of its end stands', () => {
  const event = { detail: { ...detail, status: 'FAILED' as const, error: 'PartsMissing', cause: thrown('3 items.') } }
  expect(readEnding(event)).toMatchObject({ status: 'failed', error: 'PartsMissing', cause: '3 items.' })
})
