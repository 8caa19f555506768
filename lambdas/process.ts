/**
 * Lambda `process`: works on one chunk. Each answer is kept at once. If time runs short, it hands back the rest and is
 * called again. A call whose chunk another one still works on waits until that one has ended or gives no sign of life any more.
 * At half price it works in parts (half-price.ts), and asks live for what message batches have left.
 */
import type { Context } from 'aws-lambda'
import { process as processChunk } from '../core/stages/process.ts'
import { logAbout, logger } from './environment.ts'
import {
  halfPriceEvent,
  type LookResult,
  lookEvent,
  type ProcessEvent,
  type ProcessResult,
  processEvent,
} from './events.ts'
import { type HalfPriceResult, halfPrice, lookAfterBatches } from './half-price.ts'
import type { Heartbeat } from './heartbeat.ts'
import { asTheOnlyOne, toolsFor, type Working, workFor } from './worker.ts'

/** More than a step has: their message batches have numbers that do not meet. */
const mostChunks = 1_000_000

export async function handler(event: unknown, context: Context): Promise<ProcessResult | HalfPriceResult | LookResult> {
  const { part } = event as { part?: unknown }
  if (part === 'look') return lookAfterBatches(lookEvent.parse(event), context)
  if (part !== undefined) return halfPrice(halfPriceEvent.parse(event), context)
  const work = processEvent.parse(event)
  const { run, step, batch: chunk } = work
  logAbout({ run, step, batch: chunk.batch }, context)
  return workFor(work, context, {
    act: async (working) => {
      await workOn(work, working)
      return { ...work, left: 0, done: true }
    },
    handBack: (heartbeat) => handedBack(work, heartbeat),
  })
}

async function workOn(work: ProcessEvent, working: Working): Promise<void> {
  const { run, step, batch: chunk, batch_concurrency: concurrency, paused_since: outageSince } = work
  const { longestAnswerMs } = working.time
  await asTheOnlyOne({ run, step, batch: chunk.batch }, working, async ({ lost }) => {
    const { ends } = working.heartbeat
    const tools = { ...(await toolsFor(run, working, lost)), ends }
    // Those of the stand-in have ended as soon as they are sent.
    const liveOnly = !tools.model.standIn
    const options = { step, chunk, concurrency, longestAnswerMs, warm: isWarm(work), outageSince }
    await processChunk(tools, run, { ...options, liveOnly, chunks: mostChunks })
  })
}

/** The chunks that began first have warmed the cached prefix. */
function isWarm({ batch, map_concurrency }: ProcessEvent): boolean {
  return batch.batch > map_concurrency
}

/** The calls under way when time ran short may have been the last ones. A call that only waited for another hands back what it was given. */
function handedBack(given: ProcessEvent, { settled, pausedSince }: Heartbeat): ProcessResult {
  if (settled === null) return { ...given, done: false }
  const { paused_since: _before, ...work } = given
  const left = Math.max(0, work.batch.process - settled)
  if (left > 0) logger.info('The time of this call is over; the rest of the chunk is handed back.', { left })
  return { ...work, ...(pausedSince !== null && { paused_since: pausedSince }), left, done: left === 0 }
}
