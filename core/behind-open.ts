/** What an error means after `open`. */
import { RunFailed } from './errors.ts'

/** Names of errors that mean: refused before anything was paid for. */
const refusals = new Set(['RequestRefused', 'FileMissing', 'PathOutside', 'VersionBusy'])

/**
 * The error that a run ends with. Once a version has begun, something may have been paid for, so a run is no longer refused:
 * an error that means a refusal becomes a failure of the run.
 */
export function behindOpen(error: unknown): unknown {
  if (!(error instanceof Error) || !refusals.has(error.name)) return error
  const removed =
    error.name === 'FileMissing'
      ? ' It was there when the run began. `itemwise doctor --fix` puts back what can be put back; then resume the run.'
      : ''
  return new RunFailed(`${error.message}${removed}`, { cause: error })
}
