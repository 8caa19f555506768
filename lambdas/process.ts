/**
 * Lambda `process`: works on one chunk. Each answer is kept at once. If time runs short, it hands back the rest and is
 * called again. A call whose chunk another one still works on waits until that one has ended or gives no sign of life any more.
 */
import type { Context } from 'aws-lambda'
import { ModelUnavailable, RunInterrupted } from '../core/errors.ts'
import { process as processChunk } from '../core/stages/process.ts'
import { monotonic, waitUnheld } from '../models/calls/monotonic.ts'
import { claude } from '../models/claude/claude.ts'
import type { BatchClaim, CloudStore } from '../stores/s3-dynamodb.ts'
import { ChunkTime } from './chunk-time.ts'
import { forgetModel, modelFor } from './claude-access.ts'
import { logAbout, logger, storeOf } from './environment.ts'
import { type ProcessEvent, type ProcessResult, processEvent } from './events.ts'
import { Heartbeat } from './heartbeat.ts'

export async function handler(event: unknown, context: Context): Promise<ProcessResult> {
  const work = processEvent.parse(event)
  const { run, step, batch: chunk } = work
  logAbout({ run, step, batch: chunk.batch }, context)
  const store = storeOf(run)
  const time = new ChunkTime(context.getRemainingTimeInMillis())
  const heartbeat = new Heartbeat(store.progress(run), work)
  try {
    await heartbeat.begin()
    await workOn(work, { store, time, heartbeat })
    return { ...work, left: 0, done: true }
  } catch (error) {
    if (isOutOfTime(error, { time, heartbeat })) return handedBack(work, heartbeat)
    if (error instanceof ModelUnavailable) forgetModel()
    await heartbeat.stopOthers(error)
    throw error
  } finally {
    time.end()
    await heartbeat.end()
  }
}

interface Call {
  store: CloudStore
  time: ChunkTime
  heartbeat: Heartbeat
}

/** Works on the chunk as the only one. If another call took it over, since the table could not be reached, waits for that one. */
async function workOn(work: ProcessEvent, call: Call): Promise<void> {
  const { run, step, batch: chunk } = work
  const { store, time, heartbeat } = call
  const ends = AbortSignal.any([time.short, heartbeat.stopped, heartbeat.replaced])
  const waits = () => logger.info('Another call works on this chunk; this one waits for it.')
  for (;;) {
    const claim = await store.claim(run, { step, batch: chunk.batch, stop: ends, waits })
    try {
      heartbeat.settled = 0
      return await workUnder(claim, work, call)
    } catch (error) {
      if (!(error instanceof RunInterrupted) || !claim.lost.aborted || ends.aborted) throw error
      logger.warn('Another call took this chunk over; this one waits for it.')
    } finally {
      await claim.end()
    }
  }
}

async function workUnder({ lost }: BatchClaim, work: ProcessEvent, { store, time, heartbeat }: Call): Promise<void> {
  const { run, step, batch: chunk, batch_concurrency: concurrency } = work
  const model = await modelFor(store, run)
  const stop = AbortSignal.any([time.short, heartbeat.stopped, lost])
  const halt = AbortSignal.any([time.over, heartbeat.replaced])
  const clocks = { now: Date.now, monotonic, sleep: waitUnheld }
  const tools = {
    store,
    model,
    provider: claude,
    ...clocks,
    report: heartbeat.report,
    stop,
    halt,
    ends: heartbeat.ends,
  }
  const { longestAnswerMs } = time
  const outageSince = work.paused_since
  await processChunk(tools, run, { step, chunk, concurrency, longestAnswerMs, warm: isWarm(work), outageSince })
}

/** The chunks that began first have warmed the cached prefix. */
function isWarm({ batch, map_concurrency }: ProcessEvent): boolean {
  return batch.batch > map_concurrency
}

function isOutOfTime(error: unknown, { time, heartbeat }: { time: ChunkTime; heartbeat: Heartbeat }): boolean {
  return error instanceof RunInterrupted && time.short.aborted && !heartbeat.stopped.aborted
}

/** The calls under way when time ran short may have been the last ones. A call that only waited for another hands back what it was given. */
function handedBack(given: ProcessEvent, { settled, pausedSince }: Heartbeat): ProcessResult {
  if (settled === null) return { ...given, done: false }
  const { paused_since: _before, ...work } = given
  const left = Math.max(0, work.batch.process - settled)
  if (left > 0) logger.info('The time of this call is over; the rest of the chunk is handed back.', { left })
  return { ...work, ...(pausedSince !== null && { paused_since: pausedSince }), left, done: left === 0 }
}
