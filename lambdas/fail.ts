/**
 * Lambda `fail`: ends a version that cannot go on. Called by the machine's own Catch, and by the rule that sees executions end
 * which no Catch could see; the second call finds the version ended.
 */
import { fail } from '../core/publish.ts'
import { type Ending, endingOf } from './ending.ts'
import { logAbout, logger, openStore } from './environment.ts'
import { type FailResult, failEvent } from './events.ts'

export async function handler(event: unknown): Promise<FailResult> {
  const ending = endingOf(failEvent.parse(event))
  const store = openStore()
  const stored = await store.run(ending.run_id)
  if (stored === undefined) return said(ending)
  const { pipeline, version, epoch, started } = stored
  logAbout({ run: { run_id: ending.run_id, pipeline, version, epoch, started } })
  const ref = { pipeline, version }
  const stop = (await store.progress(ref).read())?.stop ?? null
  const { status, error, cause } = stop === null ? ending : { ...ending, ...stoppedBy(stop, ending) }
  if (!(await store.endWriter(ref, { epoch, run_id: ending.run_id }))) return { error, cause }
  await fail(store, ref, { status, reason: cause, session: { started, now: Date.now } })
  logger.error('The version has ended.', { status, error, cause })
  return { error, cause }
}

function said({ run_id, error, cause }: Ending): FailResult {
  logger.error('The run has ended before it began a version.', { run: run_id, error, cause })
  return { error, cause }
}

/** Why the run was stopped says more than how its execution ended. */
function stoppedBy(stop: { by: 'person' | 'error'; error: string; message: string }, { status }: Ending) {
  return {
    status: stop.by === 'person' ? ('aborted' as const) : status,
    error: stop.error,
    cause: stop.message,
  }
}
