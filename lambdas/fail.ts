/**
 * Lambda `fail`: ends a version that cannot continue. Called by the machine's own Catch, and by the rule that sees executions end
 * that no Catch could see. A second call finds the version ended.
 */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { endOf, isFailure } from '../core/flow.ts'
import { fail } from '../core/stages/fail.ts'
import { cancelOut } from '../core/stages/half-price/cancel.ts'
import type { VersionRef } from '../core/store.ts'
import { localTime } from '../core/text/clock-text.ts'
import { batchesOut } from '../core/versions/message-batches.ts'
import { readRun } from '../core/versions/version-documents.ts'
import type { CloudStore, Stop, StoredRun } from '../stores/s3-dynamodb.ts'
import { theModel } from './claude-access.ts'
import { type Call, clockOf, logAbout, logger, openStore, storeOf } from './environment.ts'
import { type FailResult, failEvent } from './events.ts'
import { type Ending, readEnding } from './read-ending.ts'

/** All of them: a call takes a tenth of a second. */
const longestCancelMs = 120_000

export async function handler(event: unknown, call?: Call): Promise<FailResult> {
  const ending = readEnding(failEvent.parse(event))
  logAbout({ run: { run_id: ending.run_id } }, call)
  const store = openStore()
  const { stored, isNews } = await begunRun(store, ending.run_id)
  if (stored === undefined) return said(ending, isNews)
  const { run_id, pipeline, version, epoch, started } = stored
  logAbout({ run: { run_id, pipeline, version, epoch, started } }, call)
  const ref = { pipeline, version }
  const stop = (await store.progress(ref).read())?.stop ?? null
  const { status, error, cause } = stop === null ? ending : { ...ending, ...stoppedBy(stop) }
  const ended = await store.endWriter(ref, { epoch, run_id })
  if (ended === null || (await store.version(ref))?.metadata.status !== 'running') return { error, cause }
  // Calls under way are paid for: they count, and nobody resumes the version until their answers are kept.
  await store.untilDrained(ref)
  // As a writer: it gives signs of life while it collates, and stops if another run resumes the version.
  const writing = storeOf({ run_id, pipeline, version, epoch: ended, started })
  if (status === 'aborted') await cancelBatchesOf(writing, ref)
  await fail(writing, ref, { status, reason: cause, clock: clockOf({ started }) })
  if (isFailure(error, true)) countFailure()
  logger.error('The version has ended.', { status, error, cause })
  return { error, cause }
}

/**
 * The run that the execution began. Undefined if it began none; then it is also barred from beginning one, since its `open` may outlive
 * it. `isNews`: whether this is the first call about such an execution.
 */
async function begunRun(store: CloudStore, id: string): Promise<{ stored: StoredRun | undefined; isNews: boolean }> {
  const stored = await store.run(id)
  if (stored !== undefined) return { stored, isNews: false }
  const barred = await store.forbidBegin(id)
  return { stored: barred === 'begun' ? await store.run(id) : undefined, isNews: barred === 'now' }
}

function said({ run_id, error, cause }: Ending, isNews: boolean): FailResult {
  if (isNews && isFailure(error, false)) countFailure()
  logger.error('The run has ended before it began a version.', { run: run_id, error, cause })
  return { error, cause }
}

/** For the alarm FailedRuns. Step Functions counts requests that were refused among its failures, too. */
function countFailure(): void {
  const metrics = new Metrics()
  metrics.addMetric('FailedRuns', MetricUnit.Count, 1)
  metrics.publishStoredMetrics()
}

/** What a stopped run has in message batches is cancelled. If that cannot be, they are billed to their end, and a resume keeps their answers. */
async function cancelBatchesOf(store: CloudStore, ref: VersionRef): Promise<void> {
  const { request, stand_in } = await readRun(store, ref)
  if (request.delivery !== 'batch' || stand_in || (await batchesOut(store, ref)).length === 0) return
  const say = (level: 'info' | 'warning', message: string) =>
    store.log(ref, { time: localTime(Date.now()), level, message })
  try {
    const { batches } = await theModel()
    if (batches === undefined) return
    const out = await cancelOut({ store, batches, halt: AbortSignal.timeout(longestCancelMs) }, ref)
    const unknown = out.filter(({ id }) => id === null).length
    await say('info', `The run was stopped, and its message batches are being cancelled: ${out.length - unknown}.`)
    if (unknown > 0) await say('warning', unknownText(unknown))
  } catch (error) {
    const { message } = error as Error
    logger.error('Message batches could not be cancelled.', { error: message })
    await say(
      'warning',
      `Not all message batches could be cancelled: ${message} They are billed to their end; a resume keeps their answers.`,
    )
  }
}

function unknownText(count: number): string {
  return `${count === 1 ? 'A message batch' : `${count} message batches`} may have been sent before the id was known, and cannot be cancelled without one; a resume looks for it and keeps its answers.`
}

/** The reason for the stop says more than the end of the execution, which is mostly a chunk that only saw the stop. */
function stoppedBy({ error, message }: Stop): Pick<Ending, 'status' | 'error' | 'cause'> {
  return { status: endOf(error), error, cause: message }
}
