/** How an execution ended, from what the machine or the rule says of it. */
import { causeText } from '../executions/cause.ts'
import type { FailEvent } from './events.ts'

export interface Ending {
  run_id: string
  status: 'failed' | 'aborted'
  /** The error's name. */
  error: string
  /** A sentence for a person. */
  cause: string
}

export function endingOf(event: FailEvent): Ending {
  if ('error' in event) {
    const { Error: error, Cause } = event.error
    return { run_id: event.execution.name, status: statusOf(error), error, cause: causeText(Cause) ?? `${error}.` }
  }
  const { name, status, error, cause } = event.detail
  const words = causeText(cause)
  if (status === 'ABORTED')
    return { run_id: name, status: 'aborted', error: 'RunInterrupted', cause: words ?? 'The execution was stopped.' }
  if (status === 'TIMED_OUT')
    return {
      run_id: name,
      status: 'failed',
      error: 'TimedOut',
      cause: words ?? 'The execution took longer than it may.',
    }
  return { run_id: name, status: statusOf(error), error: error ?? 'RunFailed', cause: words ?? 'The execution failed.' }
}

function statusOf(error: string | null | undefined): Ending['status'] {
  return error === 'RunInterrupted' ? 'aborted' : 'failed'
}
