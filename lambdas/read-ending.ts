/** How an execution ended, read from the event of the state machine or of the rule. */
import { type End, endOf, errorOfStatus } from '../core/flow.ts'
import { causeText } from '../executions/cause.ts'
import type { FailEvent } from './events.ts'

export interface Ending {
  run_id: string
  status: End
  /** The error's name. */
  error: string
  /** A sentence for a person. */
  cause: string
}

/** The ending that an event of the machine or of the rule tells. */
export function readEnding(event: FailEvent): Ending {
  if ('error' in event) {
    const { Error: error, Cause } = event.error
    return { run_id: event.execution.name, status: endOf(error), error, cause: causeText(Cause) ?? `${error}.` }
  }
  const { name, status, cause } = event.detail
  const error = status === 'FAILED' ? (event.detail.error ?? errorOfStatus(status)) : errorOfStatus(status)
  return { run_id: name, status: endOf(error), error, cause: causeText(cause) ?? words[status] }
}

const words = {
  ABORTED: 'The execution was stopped.',
  TIMED_OUT: 'The execution took longer than it may.',
  FAILED: 'The execution failed.',
}
