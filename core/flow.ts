/** The order of the stages, which errors are retried, and how a run ends: decided here for the local runner, the state machine and the API. */

export const flow = {
  first: 'open',
  eachStep: ['plan', 'process', 'collate'],
  last: 'publish',
  onError: 'fail',
  /**
   * Errors after which a stage is called again, by name: those of the platform under a Lambda by their kind, and ours that may pass.
   * Each stage may be called twice: nothing that is kept is paid for again.
   */
  retried: {
    /** No Lambda is free. Never a failure: it is waited for. */
    throttled: ['Lambda.TooManyRequestsException', 'Lambda.EC2ThrottledException'],
    /** The service stumbles, or a deployment is under way: a matter of minutes. */
    unavailable: [
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.ClientExecutionTimeoutException',
      'Lambda.ResourceConflictException',
      'Lambda.ResourceNotReadyException',
    ],
    /** The process ended in the middle of its work. */
    killed: ['Lambda.Unknown', 'Runtime.ExitError', 'Sandbox.Timedout'],
    ours: ['StoreUnwritable', 'StoreUnreadable'],
  },
  /** Errors of `open` that are no failure: nothing was to be done, and no version was made. */
  nothingToDo: ['NothingToDo'],
  /** Errors of `open` that are the caller's to correct: no version was made, and nobody has to be called. */
  refusals: ['RequestRefused', 'FileMissing', 'PathOutside', 'VersionBusy'],
} as const

export type StepStage = (typeof flow.eachStep)[number]

/** How a run ends that does not complete. */
export type End = 'failed' | 'aborted'

/** The error of a run that was stopped. */
const stopped = 'RunInterrupted'
/** The error of a run that took longer than it may. */
const timedOut = 'TimedOut'

/** How a run ends after an error, by the error's name: a stop aborts it, anything else fails it. */
export function endOf(errorName: string | null | undefined): End {
  return errorName === stopped ? 'aborted' : 'failed'
}

/**
 * Whether a run that ended so has to be looked at by whoever keeps the stack. A stop, a refused request and a time-out, which has
 * an alarm of its own, have not. `begun`: whether it had begun a version.
 */
export function isFailure(errorName: string, begun: boolean): boolean {
  if (endOf(errorName) === 'aborted' || errorName === timedOut) return false
  return begun || !(flow.refusals as readonly string[]).includes(errorName)
}

/** The name of the error if an execution on AWS gives none, by the execution's status. */
export function errorOfStatus(status: string): string {
  if (status === 'ABORTED') return stopped
  return status === 'TIMED_OUT' ? timedOut : 'RunFailed'
}
