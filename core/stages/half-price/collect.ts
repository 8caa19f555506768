/**
 * Keeps the results of a message batch that has ended: first each as it comes, whatever its order, then each judged and kept in the
 * order of the plan, as a live answer is. Whatever breaks off can be done again: what is kept is skipped.
 */
import { spentOn } from '../../answers/ask.ts'
import { unjudgedBefore } from '../../answers/found-before.ts'
import { inParallel } from '../../answers/pool.ts'
import type { PlanLine } from '../../documents.ts'
import { RunFailed } from '../../errors.ts'
import type { BatchResult } from '../../message-batches.ts'
import type { Reply } from '../../model.ts'
import { costOf } from '../../money/prices.ts'
import { roundedDollars, spendingOf } from '../../money/spending.ts'
import { type RawReply, stepFiles } from '../../store.ts'
import { prepare } from '../../templates/prepare-item.ts'
import { type BatchRecord, itemsOf, writeBatchRecord } from '../../versions/message-batches.ts'
import { itemsToProcess } from '../../versions/planned-items.ts'
import { alreadyKept, processItem, settleFailure } from '../process-item.ts'
import { BatchOutcome, collectedText } from './batch-outcome.ts'
import { type HalfPrice, type Looking, refreshKept, tell } from './context.ts'
import { isAbout, namedBy } from './custom-id.ts'
import { firstLookMs, longer, patientlyNew, pause } from './patience.ts'
import { type Received, Receiving } from './receiving.ts'

/** Answers that are kept at once: nothing is asked for any of them. */
const keptAtOnce = 64
/** How often a download is begun again that ends early without saying so. */
const mostShort = 5

/** Throws ModelUnavailable if no other item would get an answer, and what the waiting throws. */
export async function collect(half: HalfPrice, record: BatchRecord): Promise<void> {
  const expected = await expectedOf(half, record)
  const came = await download(half, record, expected)
  await settleAll(half, record, came)
  await noteCollected(half, record, came)
}

/** Throws ModelUnavailable if no other item would get an answer. */
export async function noteCollected(half: Looking, record: BatchRecord, came: BatchOutcome): Promise<void> {
  const { work, budget } = half
  record.state = 'collected'
  await writeBatchRecord(work.store, work.ref, record)
  // Afterwards: if the process dies between the two, the reservation stays, and the limit holds.
  if (record.reserved_usd > 0) await budget?.settle(record.reserved_usd, came.cost ?? record.reserved_usd)
  await tell(half, collectedText(work.step, record, came))
  if (came.ends !== null) throw came.ends
}

export interface Expected {
  item_id: string
  segment: string
  fingerprint: string
}

/** What each of its requests asked, by position. */
export async function expectedOf(
  { work, chunk }: Pick<HalfPrice, 'work' | 'chunk'>,
  record: BatchRecord,
): Promise<Map<number, Expected>> {
  const expected = new Map<number, Expected>()
  for await (const line of linesOf({ work, chunk }, record)) {
    const { fingerprint } = prepare(work, line)
    if (fingerprint !== null)
      expected.set(line.item_index, { item_id: line.item_id, segment: line.segment, fingerprint })
  }
  return expected
}

function linesOf(
  { work: { store, ref, step }, chunk }: Pick<HalfPrice, 'work' | 'chunk'>,
  record: BatchRecord,
): AsyncGenerator<PlanLine> {
  const items = itemsOf(record)
  return itemsToProcess(store, stepFiles(ref, step.step).plan, chunk.bytes, (index) => items.has(index))
}

/** Reads the results until there is one for every request; what came before a break is kept already. */
export async function download(
  half: HalfPrice,
  record: BatchRecord,
  expected: Map<number, Expected>,
): Promise<BatchOutcome> {
  const { work, batches } = half
  const { id, requests } = record
  let ms = firstLookMs
  for (let short = 0; short < mostShort; short++) {
    await refreshKept(half)
    const came = await patientlyNew(work, async () => {
      const [came, receiving] = [new BatchOutcome(), new Receiving()]
      for await (const result of batches.results({ id: id ?? '', model: work.step.model }, work.halt))
        await receiving.add(await take(half, result, { record, expected, came }))
      await receiving.end()
      return came
    })
    // The stand-in of another process has forgotten what it was asked.
    if (came.seen.size >= requests || work.model.standIn) return came
    await pause(work, ms)
    ms = longer(ms)
  }
  throw new RunFailed(
    `The results of message batch ${id} end too early: fewer than ${requests} came, ${mostShort} times. Nothing of it is asked for again. Resume the run to read them once more; they stay for 29 days.`,
  )
}

interface Taking {
  record: BatchRecord
  expected: Map<number, Expected>
  came: BatchOutcome
}

/** Returns what keeps a reply, and its length. */
async function take(
  half: HalfPrice,
  result: BatchResult,
  { record, expected, came }: Taking,
): Promise<Received | null> {
  const { work, prefix } = half
  const named = namedBy(prefix, result.custom_id)
  if (named === null || named.attempt !== record.number || came.seen.has(named.item_index)) return null
  const { item_index, again } = named
  const about = expected.get(item_index)
  came.seen.add(item_index)
  if (about === undefined || !isAbout(named, about.fingerprint)) came.others += 1
  else if (result.outcome === 'again') came.again[result.why] += 1
  else if (result.outcome === 'stop') came.ends ??= result.error
  else if (result.outcome === 'failed') {
    came.failures.set(item_index, result.failure)
    if (result.failure.cost_unknown) came.cost = null
  } else {
    came.cost = plusCost(came.cost, costOfReply(half, result.reply))
    return receive(half, { item_index, fingerprint: about.fingerprint, again, reply: result.reply }, about)
  }
  if (work.halt.aborted) throw work.halt.reason
  return null
}

function plusCost(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : roundedDollars(a + b)
}

function costOfReply({ work: { provider, run, step } }: HalfPrice, reply: Reply): number | null {
  if (reply.cost_unknown) return null
  const list = { provider, own: run.workspace.prices }
  return costOf(reply.model, reply.tokens, list, 'batch') ?? costOf(step.model, reply.tokens, list, 'batch')
}

/** Kept before anything judges it, unless it is kept already. */
async function receive({ work }: HalfPrice, raw: RawReply, { item_id, segment }: Expected): Promise<Received | null> {
  const { keeper, kept } = work
  const { item_index, reply, again } = raw
  const found = await kept.find({ item_index, segment })
  const ids = [found?.kept?.line.request_id, found?.unjudged?.reply.request_id]
  if (ids.includes(reply.request_id)) return null
  if (keeper.receive === undefined) throw new Error('This store cannot keep replies of message batches.')
  if (again && found?.unjudged && !found.unjudged.again) await spend(work, item_id, found.unjudged)
  return { kept: keeper.receive(raw), characters: reply.text.length }
}

/** What an answer cost that could not be used, once another has come in its place. */
async function spend(work: HalfPrice['work'], item_id: string, { item_index, reply }: RawReply): Promise<void> {
  const spent = spentOn(reply, work)
  await work.keeper.spend({ item_index, ...spent })
  work.report({ type: 'spent', step: work.step.step, item_id, spending: spendingOf(spent) })
}

/** Judges and keeps in the order of the plan. An answer that cannot be used waits for the next round, which asks with the reason. */
export async function settleAll(half: HalfPrice, record: BatchRecord, came: BatchOutcome): Promise<void> {
  const { work, turn, settled } = half
  await refreshKept(half)
  const options = { concurrency: keptAtOnce, stopped: () => work.halt.aborted }
  await inParallel(linesOf(half, record), options, async (line) => {
    if (settled.has(line.item_index)) return
    const found = await work.kept.find(line, 'outcome')
    const raw = unjudgedBefore(found, prepare(work, line))
    const failure = came.failures.get(line.item_index)
    if (failure !== undefined && found?.kept?.line.request_id !== failure.request_id) {
      if (raw !== null) await spend(work, line.item_id, raw)
      await turn(line, () => settleFailure(work, line, { failure, text: raw?.reply.text ?? null }))
    } else if (found?.kept && found.kept.line.state === 'failed' && isOf(found.kept.line.request_id, record)) {
      const { kept } = found
      await turn(line, async () => alreadyKept(work, kept))
    } else if (raw !== null && isFinal(half, raw)) await turn(line, () => processItem(work, line, () => {}))
  })
  if (work.halt.aborted) throw work.halt.reason
}

function isOf(request_id: string | null, { id }: BatchRecord): boolean {
  return id !== null && request_id?.startsWith(`${id}/`) === true
}

function isFinal({ work: { judge } }: HalfPrice, { again, reply }: RawReply): boolean {
  if (again) return true
  const judged = judge(reply)
  return judged.usable || !judged.again
}
