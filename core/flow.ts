/** The order of the stages, what is tried again and what is caught, said once: read by the local runner and by the state machine. */

export const flow = {
  first: 'open',
  eachStep: ['plan', 'process', 'collate'],
  last: 'publish',
  onError: 'fail',
  /**
   * Errors after which a stage is called again, by name: those of the platform under a Lambda, and ours that may pass.
   * Each stage may be called twice: nothing that is kept is paid for again.
   */
  retried: {
    platform: [
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
      'Lambda.ClientExecutionTimeoutException',
      'Lambda.Unknown',
      'Runtime.ExitError',
      'Sandbox.Timedout',
    ],
    ours: ['StoreUnwritable', 'StoreUnreadable'],
  },
  /** Errors of `open` that are no failure: nothing was to be done, and no version was made. */
  nothingToDo: ['NothingToDo'],
} as const

export type StepStage = (typeof flow.eachStep)[number]

/** How a run ends that does not complete. */
export type End = 'failed' | 'aborted'

/** The error of a run that was stopped. */
const stopped = 'RunInterrupted'

/** How a run ends after an error, by the error's name: a stop aborts it, anything else fails it. */
export function endOf(errorName: string | null | undefined): End {
  return errorName === stopped ? 'aborted' : 'failed'
}

/** The name of the error if an execution on AWS gives none, by the execution's status. */
export function errorOfStatus(status: string): string {
  if (status === 'ABORTED') return stopped
  return status === 'TIMED_OUT' ? 'TimedOut' : 'RunFailed'
}
