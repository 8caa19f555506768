/** Waiting for message batches: in growing intervals, through outages, and never without an end. */
import { interruption, ModelUnavailable } from '../../errors.ts'
import { BatchCallFailed } from '../../message-batches.ts'
import { defaults } from '../../request/settings.ts'
import type { StepTools } from '../process-item.ts'

/** Small batches often end within a minute; most end within an hour. */
export const firstLookMs = 2000
export const growth = 1.5
export const longestLookMs = 60_000

export function longer(ms: number): number {
  return Math.min(ms * growth, longestLookMs)
}

/** Keeps the process alive for as long as some work takes: what is waited for may be nothing that Node counts. */
export async function keepingAlive<T>(work: () => Promise<T>): Promise<T> {
  const alive = setInterval(() => {}, longestLookMs)
  try {
    return await work()
  } finally {
    clearInterval(alive)
  }
}

/** Waits. Throws RunInterrupted after a stop, and the reason of `halt`. */
export async function pause(
  { sleep, stop, halt }: Pick<StepTools, 'sleep' | 'stop' | 'halt'>,
  ms: number,
): Promise<void> {
  const stopped = Promise.withResolvers<void>()
  const wake = () => stopped.resolve()
  stop.addEventListener('abort', wake)
  halt.addEventListener('abort', wake)
  try {
    if (!stop.aborted && !halt.aborted) await Promise.race([sleep(ms), stopped.promise])
  } finally {
    stop.removeEventListener('abort', wake)
    halt.removeEventListener('abort', wake)
  }
  if (halt.aborted) throw halt.reason
  if (stop.aborted) throw interruption(stop)
}

/** The API may not know for some minutes what it has just made: a batch, or its results. */
export const knownWithinMs = 5 * 60_000

/** The same for what was made a moment ago: that it is not found counts as an outage for some minutes. */
export async function patientlyNew<T>(work: StepTools, make: () => Promise<T>): Promise<T> {
  const since = work.monotonic()
  let ms = firstLookMs
  for (;;) {
    try {
      return await patiently(work, make)
    } catch (error) {
      if (!(error instanceof BatchCallFailed) || !error.isNotFound) throw error
      if (work.monotonic() - since >= knownWithinMs) throw error
      await pause(work, ms)
      ms = longer(ms)
    }
  }
}

/**
 * Makes a call until it succeeds. Throws BatchCallFailed for what another try does not change, and ModelUnavailable when the API
 * has been away for as long as a run waits for it.
 */
export async function patiently<T>(work: StepTools, make: () => Promise<T>): Promise<T> {
  const { monotonic, report, step } = work
  const since = monotonic()
  let ms = firstLookMs
  let told = false
  for (;;) {
    try {
      const made = await make()
      if (told) report({ type: 'went_on', step: step.step })
      return made
    } catch (error) {
      if (!(error instanceof BatchCallFailed) || !error.mayPass) throw error
      if (monotonic() - since >= giveUpMs(work)) throw givenUp(error)
      ms = longer(Math.max(ms, Math.min(error.retryAfterMs ?? 0, longestLookMs)))
      report({ type: 'paused', step: step.step, since: Math.round(since), reason: error.message, next_ms: ms })
      told = true
      await pause(work, ms)
    }
  }
}

/** How long a run waits for an API that is away. */
export function giveUpMs({ run }: Pick<StepTools, 'run'>): number {
  return (run.workspace.give_up_after_minutes ?? defaults.give_up_after_minutes) * 60_000
}

export function givenUp(error: BatchCallFailed): ModelUnavailable {
  return new ModelUnavailable(
    `The API has not answered: ${error.message}. The run ends here and can be resumed when the API is well again; its message batches go on meanwhile, and their answers are kept then.`,
    { cause: error },
  )
}

/** Whether a batch, or its results, are not there any more. */
export function isGone(error: unknown): boolean {
  return error instanceof BatchCallFailed && error.isNotFound
}
