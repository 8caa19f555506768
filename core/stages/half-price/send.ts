/** Sends what is to be asked for, cut into message batches. Each is written down before it goes out, and its money is reserved. */
import { RunFailed } from '../../errors.ts'
import { BatchCallFailed, type MessageBatch } from '../../message-batches.ts'
import {
  type BatchRecord,
  batchRecords,
  isOut,
  itemsOf,
  removeBatchRecord,
  writeBatchRecord,
} from '../../versions/message-batches.ts'
import { processItem } from '../process-item.ts'
import { type HalfPrice, openRecords, tell } from './context.ts'
import { Cut } from './cut.ts'
import type { Deadline } from './deadline.ts'
import { foundAgain } from './lost.ts'
import { noteSent } from './note-sent.ts'
import { firstLookMs, givenUp, giveUpMs, longer, longestLookMs, patiently, pause } from './patience.ts'
import { type Pending, pendingItems } from './pending.ts'

/** A gateway that takes less than this takes no batches. */
const leastBytes = 100_000

/**
 * Sends everything that has not had its turn and is in no batch. `later`: there is more, when the batches that are out have ended,
 * because of the budget, the API's queue or the deadline. Throws BudgetReached, ModelUnavailable, RunFailed, RunInterrupted.
 */
export async function sendAll(half: HalfPrice, deadline: Deadline): Promise<'all' | 'later'> {
  for (;;) {
    const sent = await sendSome(half, deadline)
    if (sent !== 'again') return sent
  }
}

async function sendSome(half: HalfPrice, deadline: Deadline): Promise<'all' | 'later' | 'again'> {
  const { work, chunk, settled, turn, budget } = half
  const out = openRecords(half).map(itemsOf)
  const wanted = (index: number) => !settled.has(index) && !out.some((items) => items.has(index))
  const settle = async (line: Pending['line']) => void (await turn(line, () => processItem(work, line, () => {})))
  const items = pendingItems(work, chunk, { wanted, settle })
  try {
    let next = await items.next()
    while (!next.done) {
      const cut = new Cut(half, (await budget?.room()) ?? Number.POSITIVE_INFINITY)
      while (!next.done && cut.takes(next.value)) next = await items.next()
      if (cut.count === 0 && !next.done) {
        if (await othersAreOut(half)) return 'later'
        // Waits for whoever else spends, or says that the limit is reached.
        const { usd } = cut.measured(next.value)
        if (!(await reserved(half, { usd }))) return 'later'
        await budget?.settle(usd, 0)
        continue
      }
      if (deadline.isOver()) return 'later'
      const sent = await sendCut(half, cut, deadline)
      if (sent !== 'sent') return sent
      out.push(cut.members)
    }
    return 'all'
  } finally {
    await items.return(undefined)
  }
}

async function sendCut(half: HalfPrice, cut: Cut, deadline: Deadline): Promise<'sent' | 'later' | 'again'> {
  const { work, budget } = half
  if (!(await reserved(half, cut))) return 'later'
  const since = work.outage.outageSince ?? work.monotonic()
  let ms = firstLookMs
  for (;;) {
    const sent = await sendOnce(half, cut)
    if (sent === 'sent') return sent
    if (sent === 'unknown') return 'later'
    if (!(sent instanceof BatchCallFailed) || !sent.mayPass) return notSent(half, cut, sent)
    // The API's queue is waited for without end, an API that is away for as long as a live run waits.
    if (sent.kind !== 'rate_limited' && work.monotonic() - since >= giveUpMs(work))
      return notSent(half, cut, givenUp(sent))
    if (openRecords(half).length > 0 || deadline.isOver() || (!half.waits && sent.kind === 'rate_limited')) break
    ms = longer(Math.max(ms, Math.min(sent.retryAfterMs ?? 0, longestLookMs)))
    await tell(half, `${sent.message}. The message batch is sent again in ${Math.ceil(ms / 1000)} s.`)
    if (!half.waits) reportPause(work, { since, reason: sent.message, next_ms: ms })
    await giveBackIfThrown(half, cut, () => pause(work, Math.min(ms, deadline.leftMs())))
  }
  await budget?.settle(cut.usd, 0)
  return 'later'
}

/** Other chunks may hold money for their batches for hours: whoever does not wait does not wait for it either. */
async function reserved(half: HalfPrice, { usd }: Pick<Cut, 'usd'>): Promise<boolean> {
  const { budget, waits } = half
  if (budget === null || (!waits && (await budget.reserveIfFits(usd)))) return true
  if (!waits && (await othersAreOut(half))) return false
  try {
    await budget.reserve(usd)
    return true
  } catch (error) {
    if (waits || !(await othersAreOut(half))) throw error
    return false
  }
}

/** Whether a batch of the step is out, as far as this process knows, or as the version says. */
async function othersAreOut({ records, waits, work: { store, ref, step } }: HalfPrice): Promise<boolean> {
  if (records.some(isOut)) return true
  return !waits && (await batchRecords(store, ref, step.step)).some(isOut)
}

function reportPause(
  { report, step }: HalfPrice['work'],
  pause: { since: number; reason: string; next_ms: number },
): void {
  report({ type: 'paused', step: step.step, ...pause })
}

/** What is certain not to have been sent comes back as its error, and nothing is noted of it any more. */
async function sendOnce(half: HalfPrice, cut: Cut): Promise<'sent' | 'unknown' | Error> {
  const { work } = half
  const record = await giveBackIfThrown(half, cut, () => intend(half, cut))
  const sent = await created(half, record, cut)
  if (!(sent instanceof Error)) return sent
  half.records.pop()
  await removeBatchRecord(work.store, work.ref, record)
  return sent
}

/** Nothing went out, so what was set aside for it is given back. */
async function giveBackIfThrown<T>({ budget }: HalfPrice, { usd }: Cut, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    await budget?.settle(usd, 0)
    throw error
  }
}

async function notSent(half: HalfPrice, cut: Cut, error: Error): Promise<'again'> {
  await half.budget?.settle(cut.usd, 0)
  if (!(error instanceof BatchCallFailed)) throw error
  if (!error.isTooLarge || half.mostBytes <= leastBytes) throw refused(error)
  half.mostBytes = Math.floor(half.mostBytes / 2)
  return 'again'
}

function refused(error: BatchCallFailed): RunFailed {
  return new RunFailed(
    `The API does not take the message batch. ${error.message}. Run it without half price, or resume it later.`,
    { cause: error },
  )
}

/** Written before it goes out: whatever becomes of this process, the next one knows that there may be a batch. */
async function intend(half: HalfPrice, cut: Cut): Promise<BatchRecord> {
  const { work } = half
  const newest = await patiently(work, () => newestBatch(half))
  const record: BatchRecord = {
    ...{ step: work.step.step, number: cut.number, state: 'intended', requests: cut.count },
    ...{ intended_at: new Date(work.now()).toISOString(), items: cut.ranges.all, plan: [...half.chunk.bytes] },
    newest_before: newest && { id: newest.id, created_at: newest.created_at },
    ...{ reserved_usd: cut.usd, id: null, created_at: null, expires_at: null, cancelled: false },
  }
  await writeBatchRecord(work.store, work.ref, record)
  half.records.push(record)
  return record
}

async function newestBatch({ batches, work }: HalfPrice): Promise<MessageBatch | null> {
  for await (const batch of batches.list(work.halt)) return batch
  return null
}

/**
 * What is certain not to have been sent comes back as its error. If the answer was lost, the batch is looked for first: here, or by
 * whoever looks after it.
 */
async function created(half: HalfPrice, record: BatchRecord, cut: Cut): Promise<'sent' | 'unknown' | Error> {
  const { batches, work } = half
  try {
    const batch = await batches.create(cut.requests, work.halt)
    await noteSent(half, record, batch)
    return 'sent'
  } catch (error) {
    if (!isRefusal(error)) throw error
    if (!(error instanceof BatchCallFailed) || error.unsent) return error
    await tell(
      half,
      `${error.message}, so it is not known whether the message batch was sent. It is looked for before anything else is.`,
      'warning',
    )
    if (!half.waits) return 'unknown'
    const found = await foundAgain(half, record)
    if (found === null) return error
    await noteSent(half, record, found)
    return 'sent'
  }
}

function isRefusal(error: unknown): error is Error {
  return error instanceof BatchCallFailed || (error instanceof Error && error.name === 'ModelUnavailable')
}
