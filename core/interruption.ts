/** The error that ends a run which was stopped. */
import { RunInterrupted } from './errors.ts'

/** `stop` is aborted: its reason is the cause, or the error itself if it is one of ours. */
export function interruption({ reason }: AbortSignal): RunInterrupted {
  return reason instanceof RunInterrupted ? reason : new RunInterrupted('The run was stopped.', { cause: reason })
}
