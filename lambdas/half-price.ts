/** What the Lambda `process` does of a step at half price, a part a call; between the parts the state machine waits. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Context } from 'aws-lambda'
import { RunInterrupted } from '../core/errors.ts'
import { askFirstApart, collectApart, type Part, sendApart } from '../core/stages/half-price/apart.ts'
import { lookAfter } from '../core/stages/half-price/look-after.ts'
import { stepFiles } from '../core/store.ts'
import { readRun, stepOf } from '../core/versions/version-documents.ts'
import { logAbout, logger } from './environment.ts'
import type { HalfPriceEvent, LookEvent, LookResult } from './events.ts'
import type { Heartbeat } from './heartbeat.ts'
import { asTheOnlyOne, toolsFor, type Working, workFor } from './worker.ts'

/** `outcome`: 0, or 1 if something is left for later, or 2 if an item failed in a step that stops on errors. */
export type HalfPriceResult = HalfPriceEvent & { done: boolean; outcome: number }

/** A run gives signs of life with each look, and is dead after five minutes without one. */
const aliveAfterwardsMs = 10 * 60_000

/** Asks for the first item, sends a chunk, or keeps the results of a batch. */
export function halfPrice(event: HalfPriceEvent, context: Context): Promise<HalfPriceResult> {
  const { run, step, part, batch } = event
  logAbout({ run, step, batch: 'number' in batch ? batch.number : batch.batch }, context)
  return workFor(event, context, {
    act: async (working) => {
      const came = await partOf(event, working)
      logger.info('A part of a step at half price is done.', { part, ...came })
      return { ...event, left: 0, done: true, outcome: await outcomeOf(event, came, working) }
    },
    handBack: (heartbeat) => handedBack(event, heartbeat),
  })
}

function partOf(event: HalfPriceEvent, working: Working): Promise<Part> {
  const { run, step, chunks, batch_concurrency, paused_since: outageSince } = event
  const { longestAnswerMs } = working.time
  const options = { step, chunks, longestAnswerMs, outageSince }
  // A message batch has a number of its own.
  const batch = event.part === 'collect' ? `message batch ${event.batch.number}` : event.batch.batch
  return asTheOnlyOne({ run, step, batch }, working, async ({ lost }) => {
    const tools = await toolsFor(run, working, lost)
    if (event.part === 'collect') {
      const { number } = event.batch
      return collectApart(tools, run, { ...options, number, concurrency: batch_concurrency })
    }
    const ofChunk = { ...options, chunk: event.batch }
    if (event.part === 'first') return askFirstApart(tools, run, ofChunk)
    // A create call is never left to itself: once its batch was looked for, it must not be made.
    const halt = AbortSignal.any([tools.halt, lost])
    return sendApart({ ...tools, halt }, run, ofChunk)
  })
}

async function outcomeOf({ run, step }: HalfPriceEvent, { later, failed }: Part, { store }: Working): Promise<number> {
  if (failed > 0 && stepOf(await readRun(store, run), step).stop_on_error) return 2
  return later ? 1 : 0
}

function handedBack(given: HalfPriceEvent, { pausedSince }: Heartbeat): HalfPriceResult {
  const { paused_since: _before, ...event } = given
  logger.info('The time of this call is over; the rest of the part is handed back.', { part: event.part })
  return { ...event, ...(pausedSince !== null && { paused_since: pausedSince }), left: 0, done: false, outcome: 0 }
}

/** Looks at all batches of a step. */
export async function lookAfterBatches(event: LookEvent, context: Context): Promise<LookResult> {
  const { run, step, half } = event
  logAbout({ run, step }, context)
  const { ended: file } = stepFiles(run, step)
  return workFor({ run, step, left: null }, context, {
    act: async (working) => {
      const { store } = working
      const tools = await toolsFor(run, working)
      const looked = await lookAfter(tools, run, { step, state: half.state })
        .catch(async (error: unknown) => {
          // At the deadline the run is to stop: its other executions have to know why.
          if (error instanceof RunInterrupted && !tools.stop.aborted)
            await store.progress(run).stop({ by: 'error', error: error.name, message: error.message })
          throw error
        })
        // No keeper does it.
        .finally(() => store.flush())
      const { next, seconds, ended, late, state } = looked
      if (next === 'collect') await store.write(file, JSON.stringify(ended.map((number) => ({ number }))))
      if (next === 'wait') await store.progress(run).waits(run.epoch, Date.now() + seconds * 1000 + aliveAfterwardsMs)
      countLate(late)
      logger.info('The message batches were looked at.', { next, seconds, ended, ...state })
      return { next, seconds, half: { ...half, state }, ended: file, again: next === 'live' }
    },
    handBack: () => ({ next: 'wait', seconds: 60, half, ended: file, again: false }),
  })
}

/** For the alarm LateBatches. */
function countLate(late: number): void {
  if (late === 0) return
  const metrics = new Metrics()
  metrics.addMetric('LateBatches', MetricUnit.Count, late)
  metrics.publishStoredMetrics()
}
