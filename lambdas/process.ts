/**
 * Lambda `process`: works on one batch. What is answered is kept at once; short of time, it hands back what is left, and is
 * called again for it.
 */
import type { Context } from 'aws-lambda'
import { ModelUnavailable, RunInterrupted } from '../core/errors.ts'
import { process as processBatch } from '../core/stages/process.ts'
import { monotonic, waitUnheld } from '../models/calls/monotonic.ts'
import { claude } from '../models/claude/claude.ts'
import type { CloudStore } from '../stores/s3-dynamodb.ts'
import { BatchTime } from './batch-time.ts'
import { forgetModel, modelFor } from './claude-access.ts'
import { logAbout, logger, storeOf } from './environment.ts'
import { type ProcessEvent, type ProcessResult, processEvent } from './events.ts'
import { Pulse } from './pulse.ts'

export async function handler(event: unknown, context: Context): Promise<ProcessResult> {
  const work = processEvent.parse(event)
  const { run, step, batch } = work
  logAbout({ run, step, batch: batch.batch })
  const store = storeOf(run)
  const time = new BatchTime(context.getRemainingTimeInMillis())
  const pulse = new Pulse(store.progress(run), work)
  try {
    await pulse.begin()
    await workOn(work, { store, time, pulse })
    return { ...work, left: 0, done: true }
  } catch (error) {
    if (isOutOfTime(error, { time, pulse })) return handedBack(work, pulse)
    if (error instanceof ModelUnavailable) forgetModel()
    await pulse.stopOthers(error)
    throw error
  } finally {
    time.end()
    await pulse.end()
  }
}

async function workOn(
  work: ProcessEvent,
  { store, time, pulse }: { store: CloudStore; time: BatchTime; pulse: Pulse },
): Promise<void> {
  const { run, step, batch, batch_concurrency: concurrency } = work
  const model = await modelFor(store, run)
  const stop = AbortSignal.any([time.short, pulse.stopped])
  const halt = AbortSignal.any([time.over, pulse.replaced])
  const clocks = { now: Date.now, monotonic, sleep: waitUnheld }
  const tools = { store, model, provider: claude, ...clocks, report: pulse.report, stop, halt, ends: pulse.ends }
  const { longestAnswerMs } = time
  const outageSince = work.paused_since
  await processBatch(tools, run, { step, batch, concurrency, longestAnswerMs, warm: isWarm(work), outageSince })
}

/** The batches that began first have warmed the cached prefix. */
function isWarm({ batch, map_concurrency }: ProcessEvent): boolean {
  return batch.batch > map_concurrency
}

function isOutOfTime(error: unknown, { time, pulse }: { time: BatchTime; pulse: Pulse }): boolean {
  return error instanceof RunInterrupted && time.short.aborted && !pulse.stopped.aborted
}

/** What was under way when the time was short may have been the last. */
function handedBack({ paused_since: _before, ...work }: ProcessEvent, { settled, pausedSince }: Pulse): ProcessResult {
  const left = Math.max(0, work.batch.process - settled)
  if (left > 0) logger.info('The time of this call is over; the rest of the batch is handed back.', { left })
  return { ...work, ...(pausedSince !== null && { paused_since: pausedSince }), left, done: left === 0 }
}
