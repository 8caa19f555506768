/** Lambda `collate`: writes the array, the ledger and the errors of one step; or, once, the list of the chunks whose parts are missing. */

import { PartsMissing, RunFailed } from '../core/errors.ts'
import { nothingSpent } from '../core/money/spending.ts'
import { collate } from '../core/stages/collate.ts'
import { planMissing } from '../core/stages/plan-missing.ts'
import type { CloudStore } from '../stores/s3-dynamodb.ts'
import { type Call, logAbout, logger, storeOf } from './environment.ts'
import { type CollateResult, collateEvent, type RunPointer } from './events.ts'

export async function handler(event: unknown, call?: Call): Promise<CollateResult> {
  const { run, step, again } = collateEvent.parse(event)
  logAbout({ run, step }, call)
  const store = storeOf(run)
  try {
    const { answered, failed, skipped } = await collate(store, run, { step })
    if (failed > 0) await throwIfFailed(store, run, step)
    logger.info('The step is collated.', { answered, failed, skipped })
    return { answered, failed, skipped, whole: true, file: null }
  } catch (error) {
    if (!(error instanceof PartsMissing) || !again || (await isStopped(store, run, step))) throw error
    const { file, chunks } = await planMissing(store, run, step)
    // What was missing has come in the meantime.
    if (chunks === 0) return handler(event, call)
    logger.warn('Parts are missing: their chunks are processed once more.', { missing: error.message, chunks })
    return { answered: 0, failed: 0, skipped: 0, whole: false, file }
  }
}

/** A stop leaves parts missing, too, and every further chunk would only meet it. */
async function isStopped(store: CloudStore, run: RunPointer, step: number): Promise<boolean> {
  const { epoch, stop } = await standing(store, run, step)
  return stop !== null || epoch > run.epoch
}

/** A step that stops on errors ends the run, too, if everything else had come by then: no chunk is missing. */
async function throwIfFailed(store: CloudStore, run: RunPointer, step: number): Promise<void> {
  const { stop } = await standing(store, run, step)
  if (stop?.error === 'RunFailed') throw new RunFailed(stop.message)
}

function standing(store: CloudStore, run: RunPointer, step: number) {
  return store.progress(run).beat(run.epoch, step, { answered: 0, failed: 0, kept: 0, ...nothingSpent })
}
