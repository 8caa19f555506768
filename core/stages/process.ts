/** Stage `process`: asks the model for each planned item of a chunk that is not kept yet, and keeps each answer the moment it arrives. */

import { inParallel } from '../answers/pool.ts'
import type { Chunk, PlanLine, ResolvedStep } from '../documents.ts'
import { interruption } from '../errors.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import type { NumberSet } from '../text/number-set.ts'
import { itemsToProcess } from '../versions/planned-items.ts'
import { askAtHalfPrice } from './half-price/half-price.ts'
import { refuseWhileOut } from './half-price/out.ts'
import { keepEdit } from './keep-edit.ts'
import { processItem, type Work } from './process-item.ts'
import { SettledItems, telling } from './settled-items.ts'
import { type ProcessOptions, type ProcessTools, withWork } from './with-work.ts'

export type { ProcessOptions, ProcessTools } from './with-work.ts'

/** Items that got an answer, or a failure, those whose answer was kept already included. */
export interface Processed {
  answered: number
  failed: number
}

/**
 * Works on one chunk of a step. Throws RunInterrupted after a stop, ModelUnavailable, StoreUnwritable, BudgetReached,
 * or RunFailed if the step stops on errors and an item failed.
 */
export async function process(tools: ProcessTools, ref: VersionRef, options: ProcessOptions): Promise<Processed> {
  const { chunk } = options
  const ended = await withWork(tools, ref, options, async ({ work, budget }) => {
    const { store, step, run } = work
    const ended = new SettledItems(tools, step)
    const stopped = () => tools.stop.aborted || tools.halt.aborted || ended.stopper !== null
    if (run.mode === 'edit') await keepEdits(tools, { work, chunk, settled: ended.settled })
    if (run.request.delivery === 'batch' && step.batch_mode) {
      if (options.liveOnly) await refuseWhileOut(work)
      else
        await telling(tools, askAtHalfPrice({ work, chunk, chunks: options.chunks, budget, ...ended.parts, stopped }))
    }
    const left = (index: number) => !ended.settled.has(index)
    const concurrency = options.concurrency ?? step.max_concurrency
    await inParallel(toProcess(store, ref, { step, chunk, left }), { concurrency, stopped }, async (line, passOn) => {
      await ended.turn(line, () => processItem(work, line, passOn))
    })
    return ended
  })
  if (tools.halt.aborted) throw tools.halt.reason
  // Before the stop, which may have come of it.
  if (ended.stopper !== null) throw ended.stopper
  if (tools.stop.aborted) throw interruption(tools.stop)
  return ended.done
}

/** Keeps the edited answers of a chunk: nothing is asked for them. */
async function keepEdits(
  tools: ProcessTools,
  { work, chunk, settled }: { work: Work; chunk: Chunk; settled: NumberSet },
): Promise<void> {
  const { store, ref, step } = work
  const options = { concurrency: step.max_concurrency, stopped: () => tools.halt.aborted }
  await inParallel(editsIn(store, ref, { step, chunk }), options, async (line) => {
    await telling(tools, keepEdit(work, line))
    settled.add(line.item_index)
  })
}

async function* editsIn(
  store: Store,
  ref: VersionRef,
  { step, chunk }: { step: ResolvedStep; chunk: Chunk },
): AsyncGenerator<PlanLine> {
  for await (const line of itemsToProcess(store, stepFiles(ref, step.step).plan, chunk.bytes))
    if (line.edit !== undefined) yield line
}

async function* toProcess(
  store: Store,
  ref: VersionRef,
  { step, chunk, left }: { step: ResolvedStep; chunk: Chunk; left: (item_index: number) => boolean },
): AsyncGenerator<PlanLine> {
  if (chunk.process === 0) return
  yield* itemsToProcess(store, stepFiles(ref, step.step).plan, chunk.bytes, left)
}
