/**
 * Finds a message batch whose create call got no answer: the process died, or the connection. The list of batches does not say what they
 * hold, so those that were created since and have as many requests are waited for, and their results prove it.
 */
import type { MessageBatch } from '../../message-batches.ts'
import { type BatchRecord, removeBatchRecord } from '../../versions/message-batches.ts'
import { type Looking, openRecords, tell } from './context.ts'
import { namedBy } from './custom-id.ts'
import { noteSent } from './note-sent.ts'
import { firstLookMs, longer, patiently, patientlyNew, pause } from './patience.ts'

/** A batch may not be listed in the first moments. */
const listedWithinMs = 60_000

/** How batches are looked for that may have been sent. */
interface Search {
  /** Whether those that may be it are waited for. */
  waits: boolean
  /** Whether the person is told of them. */
  tells: boolean
}

/**
 * Batches of the step whose create calls got no answer. What was never sent is forgotten. Returns how many are still uncertain: none
 * if it `waits`.
 */
export async function findLost(half: Looking, search: Search): Promise<number> {
  const { work, budget } = half
  let uncertain = 0
  for (const record of openRecords(half)) {
    if (record.state !== 'intended') continue
    const found = await lookForIt(half, record, search)
    if (found === 'waiting') uncertain += 1
    else if (found !== null) await noteSent(half, record, found)
    else {
      half.records.splice(half.records.indexOf(record), 1)
      await removeBatchRecord(work.store, work.ref, record)
      if (record.reserved_usd > 0) await budget?.settle(record.reserved_usd, 0)
    }
  }
  return uncertain
}

/** The batch, or null if it is certain that there is none. Throws what the waiting throws. */
export async function foundAgain(half: Looking, record: BatchRecord): Promise<MessageBatch | null> {
  for (;;) {
    const found = await lookForIt(half, record, { waits: true, tells: true })
    if (found !== 'waiting') return found
  }
}

/** The same; without `waits` it is `waiting` as long as a batch may be it whose results are still to come. */
export async function lookForIt(
  half: Looking,
  record: BatchRecord,
  { waits, tells }: Search,
): Promise<MessageBatch | null | 'waiting'> {
  const { work } = half
  // Those of the stand-in are gone with their process, and cost nothing.
  if (work.model.standIn) return null
  const foreign = new Set(half.records.flatMap(({ id }) => (id === null ? [] : [id])))
  const suspects = new Suspects()
  const began = work.monotonic()
  let [ms, told] = [firstLookMs, !tells]
  for (;;) {
    const asked = work.monotonic()
    const candidates = suspects.of(await listedSince(half, record), asked).filter(({ id }) => !foreign.has(id))
    for (const batch of candidates) {
      if (!batch.hasEnded) continue
      if (await isIt(half, record, batch)) return batch
      foreign.add(batch.id)
    }
    const waiting = candidates.filter(({ id }) => !foreign.has(id))
    if (waiting.length === 0 && work.monotonic() - began >= listedWithinMs) return null
    if (waiting.length > 0 && !told) {
      await tell(half, waitingText(record, waiting))
      told = true
    }
    if (waiting.length > 0 && !waits) return 'waiting'
    await pause(work, ms)
    ms = longer(ms)
  }
}

/** Batches that may be the lost one. What is not listed a minute after the first look was sent later, by somebody else. */
class Suspects {
  readonly #ids = new Set<string>()
  #since: number | null = null
  #areAll = false

  /** Those of a list that was asked for at `ms`. */
  of(listed: readonly MessageBatch[], ms: number): MessageBatch[] {
    const found = listed.filter(({ id }) => !this.#areAll || this.#ids.has(id))
    for (const { id } of found) this.#ids.add(id)
    this.#since ??= ms
    this.#areAll ||= ms - this.#since >= listedWithinMs
    return found
  }
}

function waitingText({ requests }: BatchRecord, waiting: MessageBatch[]): string {
  const which = waiting.map(({ id }) => id).join(', ')
  return `It is not known whether a message batch of ${requests} requests was sent. ${which} may be it, and only its results say so, so it is waited for (most end within an hour). None of its items is asked for before.`
}

/** Those of the account's workspace that are newer than the newest before, with as many requests. */
function listedSince({ batches, work }: Looking, { newest_before, requests }: BatchRecord): Promise<MessageBatch[]> {
  return patiently(work, async () => {
    const found: MessageBatch[] = []
    for await (const batch of batches.list(work.halt)) {
      if (batch.id === newest_before?.id) break
      // The one before may be deleted by now. The API's own clock, twice.
      if (newest_before !== null && Date.parse(batch.created_at) < Date.parse(newest_before.created_at)) break
      if (batch.requests === requests) found.push(batch)
    }
    return found
  })
}

/** Whether the first result of an ended batch has a name that a request of this one has: others of the step may be as large. */
async function isIt(
  { batches, work, prefix }: Looking,
  { number }: BatchRecord,
  { id }: MessageBatch,
): Promise<boolean> {
  return patientlyNew(work, async () => {
    for await (const { custom_id } of batches.results({ id, model: work.step.model }, work.halt))
      return namedBy(prefix, custom_id)?.attempt === number
    return false
  })
}
