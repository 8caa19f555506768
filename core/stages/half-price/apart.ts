/**
 * What a step at half price does, in parts of which each ends soon: for a place where no process waits for message batches. Between
 * them somebody looks after the batches (look-after.ts), and says which part comes next.
 */
import type { Chunk } from '../../documents.ts'
import { RunFailed } from '../../errors.ts'
import type { Store, VersionRef } from '../../store.ts'
import { stepFiles } from '../../store.ts'
import { type BatchRecord, batchRecords, isOut, itemsOf } from '../../versions/message-batches.ts'
import { itemsToProcess } from '../../versions/planned-items.ts'
import { SettledItems } from '../settled-items.ts'
import { type OpenWork, type ProcessOptions, type ProcessTools, withWork } from '../with-work.ts'
import type { BatchOutcome } from './batch-outcome.ts'
import { download, expectedOf, noteCollected, settleAll } from './collect.ts'
import type { HalfPrice } from './context.ts'
import { namePrefix } from './custom-id.ts'
import { deadlineOf } from './deadline.ts'
import { askFirst } from './first-item.ts'
import { sendAll } from './send.ts'

export interface PartOptions extends ProcessOptions {
  chunks: number
}

/** What came of a part. */
export interface Part {
  /** Whether there is more to send, when the batches that are out have ended. */
  later: boolean
  /** Items that failed in it. */
  failed: number
}

/** The first item of the step goes ahead live, if it has to. Throws what `process` throws. */
export async function askFirstApart(tools: ProcessTools, ref: VersionRef, options: PartOptions): Promise<Part> {
  return withWork(tools, ref, options, async (open) => {
    const ended = new SettledItems(tools, open.work.step)
    const half = await halfOf(open, { ...options, ended })
    await askFirst(half, () => tools.stop.aborted || tools.halt.aborted || ended.stopper !== null)
    if (tools.halt.aborted) throw tools.halt.reason
    if (ended.stopper !== null) throw ended.stopper
    return { later: false, failed: ended.done.failed }
  })
}

/** Sends what a chunk has that is neither answered nor out. Throws BudgetReached, ModelUnavailable, RunFailed, RunInterrupted. */
export async function sendApart(tools: ProcessTools, ref: VersionRef, options: PartOptions): Promise<Part> {
  return withWork(tools, ref, { ...options, concurrency: 1 }, async (open) => {
    const ended = new SettledItems({}, open.work.step)
    const half = await halfOf(open, { ...options, ended })
    const sent = await sendAll(half, deadlineOf(open.work))
    return { later: sent === 'later', failed: ended.done.failed }
  })
}

/**
 * Keeps the results of a message batch that has ended; nothing if that is done already. The replies first, each as it comes; then a
 * second look at the store finds them in the order of the plan. Throws ModelUnavailable, RunFailed, RunInterrupted, StoreUnwritable.
 */
export async function collectApart(
  tools: ProcessTools,
  ref: VersionRef,
  { step, number, ...options }: Omit<PartOptions, 'chunk'> & { number: number },
): Promise<Part> {
  const { store } = tools
  const record = (await batchRecords(store, ref, step)).find((one) => one.number === number)
  if (record === undefined || !isOut(record)) return { later: false, failed: 0 }
  const part = { ...options, step, chunk: await chunkOf(store, ref, record) }
  const came: BatchOutcome = await withWork(tools, ref, { ...part, receives: true }, async (open) => {
    const half = await halfOf(open, { ...part, ended: new SettledItems({}, open.work.step) })
    return download(half, record, await expectedOf(half, record))
  })
  return withWork(tools, ref, part, async (open) => {
    const ended = new SettledItems({}, open.work.step)
    const half = await halfOf(open, { ...part, ended })
    if (record.reserved_usd > 0) half.budget?.takeOver()
    await settleAll(half, record, came)
    await noteCollected(half, record, came)
    return { later: false, failed: ended.done.failed }
  })
}

async function halfOf(
  { work, budget }: OpenWork,
  { chunk, chunks, ended }: Pick<PartOptions, 'chunk' | 'chunks'> & { ended: SettledItems },
): Promise<HalfPrice> {
  const { model, store, ref, run, step } = work
  const { batches } = model
  if (batches === undefined) throw new RunFailed('This version asks at half price, which this place cannot.')
  return {
    ...{ work, chunk, chunks, batches, budget, ...ended.parts, waits: false },
    ...{ prefix: namePrefix(run.run_id, step.step), mostBytes: batches.most.bytes },
    records: await batchRecords(store, ref, step.step),
  }
}

/** The bytes of the plan that have a batch's items: those it was cut from, or the whole if it was planned anew meanwhile. */
async function chunkOf(store: Store, ref: VersionRef, record: BatchRecord): Promise<Chunk> {
  const { plan } = stepFiles(ref, record.step)
  const { number: batch, requests: process } = record
  if (record.plan !== undefined) {
    const items = itemsOf(record)
    let there = 0
    for await (const _ of itemsToProcess(store, plan, record.plan, (index) => items.has(index))) there += 1
    if (there === process) return { batch, bytes: record.plan, process }
  }
  return { batch, bytes: [0, (await store.size(plan)) ?? 0], process }
}
