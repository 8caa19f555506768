/** The order of the stages and what is caught, said once: read by the local runner and by the state machine. */

export const flow = {
  first: 'open',
  eachStep: ['plan', 'process', 'collate'],
  last: 'publish',
  onError: 'fail',
} as const

export type StepStage = (typeof flow.eachStep)[number]

/** How a version ends after an error, by the error's name. What is not named here ends as `failed`. */
export function endingOf(error: unknown): 'failed' | 'aborted' {
  return error instanceof Error && error.name === 'RunInterrupted' ? 'aborted' : 'failed'
}
