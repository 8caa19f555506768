/**
 * Lambda `fail`: ends a version that cannot go on. Called by the machine's own Catch, and by the rule that sees executions end
 * which no Catch could see; the second call finds the version ended.
 */
import { endOf } from '../core/flow.ts'
import { fail } from '../core/stages/fail.ts'
import type { CloudStore, Stop, StoredRun } from '../stores/s3-dynamodb.ts'
import { type Ending, readEnding } from './ending.ts'
import { clockOf, logAbout, logger, openStore, storeOf } from './environment.ts'
import { type FailResult, failEvent } from './events.ts'

export async function handler(event: unknown): Promise<FailResult> {
  const ending = readEnding(failEvent.parse(event))
  const store = openStore()
  const stored = await begunRun(store, ending.run_id)
  if (stored === undefined) return said(ending)
  const { run_id, pipeline, version, epoch, started } = stored
  logAbout({ run: { run_id, pipeline, version, epoch, started } })
  const ref = { pipeline, version }
  const stop = (await store.progress(ref).read())?.stop ?? null
  const { status, error, cause } = stop === null ? ending : { ...ending, ...stoppedBy(stop) }
  const ended = await store.endWriter(ref, { epoch, run_id })
  if (ended === null || (await store.version(ref))?.metadata.status !== 'running') return { error, cause }
  // What is under way is paid for: it counts, and nobody goes on with the version before it is kept.
  await store.untilDrained(ref)
  // As a writer: it is seen to live while it collates, and stops where another run goes on with the version.
  const writing = storeOf({ run_id, pipeline, version, epoch: ended, started })
  await fail(writing, ref, { status, reason: cause, clock: clockOf({ started }) })
  logger.error('The version has ended.', { status, error, cause })
  return { error, cause }
}

/** The run that the execution has begun; undefined where it has not, and now never will: an `open` may outlive it. */
async function begunRun(store: CloudStore, id: string): Promise<StoredRun | undefined> {
  const stored = await store.run(id)
  if (stored !== undefined || (await store.forbidBegin(id))) return stored
  return store.run(id)
}

function said({ run_id, error, cause }: Ending): FailResult {
  logger.error('The run has ended before it began a version.', { run: run_id, error, cause })
  return { error, cause }
}

/** Why the run was stopped says more than how its execution ended: mostly with a chunk that only saw the stop. */
function stoppedBy({ error, message }: Stop): Pick<Ending, 'status' | 'error' | 'cause'> {
  return { status: endOf(error), error, cause: message }
}
