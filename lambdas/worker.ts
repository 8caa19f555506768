/** How a Lambda works for a run: with signs of life, as the only one on its batch, and until its time is over. */
import type { Context } from 'aws-lambda'
import { ModelUnavailable, RunInterrupted } from '../core/errors.ts'
import type { ProcessTools } from '../core/stages/process.ts'
import { monotonic, waitUnheld } from '../models/calls/monotonic.ts'
import { claude } from '../models/claude/claude.ts'
import type { BatchClaim, CloudStore } from '../stores/s3-dynamodb.ts'
import { ChunkTime } from './chunk-time.ts'
import { forgetModel, modelFor } from './claude-access.ts'
import { logger, storeOf } from './environment.ts'
import type { RunPointer } from './events.ts'
import { Heartbeat, type HeartbeatOf } from './heartbeat.ts'

export interface Working {
  store: CloudStore
  time: ChunkTime
  heartbeat: Heartbeat
}

export interface Job<T> {
  act: (working: Working) => Promise<T>
  /** What is returned when time runs short: the event for the next call. */
  handBack: (heartbeat: Heartbeat) => T
}

/** Does a job for a run. What ends it ends the others that work for the run, too. */
export async function workFor<T>(work: HeartbeatOf, context: Context, { act, handBack }: Job<T>): Promise<T> {
  const store = storeOf(work.run)
  const time = new ChunkTime(context.getRemainingTimeInMillis())
  const heartbeat = new Heartbeat(store.progress(work.run), work)
  try {
    await heartbeat.begin()
    return await act({ store, time, heartbeat })
  } catch (error) {
    if (isOutOfTime(error, { time, heartbeat })) return handBack(heartbeat)
    if (error instanceof ModelUnavailable) forgetModel()
    await heartbeat.stopOthers(error)
    throw error
  } finally {
    time.end()
    await heartbeat.end()
  }
}

/** Works on a batch as the only one. If another call took it over, since the table could not be reached, waits for that one. */
export async function asTheOnlyOne<T>(
  { run, step, batch }: { run: RunPointer; step: number; batch: number | string },
  { store, time, heartbeat }: Working,
  act: (claim: BatchClaim) => Promise<T>,
): Promise<T> {
  const ends = AbortSignal.any([time.short, heartbeat.stopped, heartbeat.replaced])
  const waits = () => logger.info('Another call works on this chunk; this one waits for it.')
  for (;;) {
    const claim = await store.claim(run, { step, batch, stop: ends, waits })
    try {
      heartbeat.settled = 0
      return await act(claim)
    } catch (error) {
      if (!(error instanceof RunInterrupted) || !claim.lost.aborted || ends.aborted) throw error
      logger.warn('Another call took this chunk over; this one waits for it.')
    } finally {
      await claim.end()
    }
  }
}

/** What core works with in a Lambda. `lost`: aborted when another call has taken the batch over. */
export async function toolsFor(run: RunPointer, working: Working, lost?: AbortSignal): Promise<ProcessTools> {
  const { store, time, heartbeat } = working
  return {
    store,
    model: await modelFor(store, run),
    provider: claude,
    ...{ now: Date.now, monotonic, sleep: waitUnheld },
    report: heartbeat.report,
    stop: AbortSignal.any([time.short, heartbeat.stopped, ...(lost === undefined ? [] : [lost])]),
    halt: AbortSignal.any([time.over, heartbeat.replaced]),
    began: run.started,
    goesOn: run.goes_on === true,
  }
}

function isOutOfTime(error: unknown, { time, heartbeat }: Pick<Working, 'time' | 'heartbeat'>): boolean {
  return error instanceof RunInterrupted && time.short.aborted && !heartbeat.stopped.aborted
}
