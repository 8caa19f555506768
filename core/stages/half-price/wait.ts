/** Waits until message batches have ended, and keeps what they brought. */
import { ModelUnavailable } from '../../errors.ts'
import type { MessageBatch } from '../../message-batches.ts'
import { type BatchRecord, writeBatchRecord } from '../../versions/message-batches.ts'
import { collect } from './collect.ts'
import { type HalfPrice, type Looking, openRecords, tell } from './context.ts'
import type { Deadline } from './deadline.ts'
import { firstLookMs, isGone, longer, patientlyNew, pause } from './patience.ts'

const hour = 3_600_000
/** The API keeps results for so long, from the creation of their batch. */
const keptDays = 29

/**
 * Keeps the results of batches that end: of `all`, or until at least one has ended. Returns at the deadline, too. Throws
 * ModelUnavailable for a batch that does not end, and what `collect` throws.
 */
export async function collectEnded(
  half: HalfPrice,
  { until, all }: { until: Deadline | null; all: boolean },
): Promise<void> {
  const { work } = half
  let ms = firstLookMs
  for (;;) {
    const out = openRecords(half).length
    const ended = await keepEnded(half)
    if (ended === out || (ended > 0 && !all) || until?.isOver()) return
    if (ended > 0) ms = firstLookMs
    await pause(work, until === null ? ms : Math.min(ms, until.leftMs()))
    ms = longer(ms)
  }
}

/** Looks at each batch once, and keeps the results of those that have ended. Returns how many. Throws as `collectEnded`. */
export async function keepEnded(half: HalfPrice): Promise<number> {
  let ended = 0
  for (const record of openRecords(half)) if (await keptIfEnded(half, record)) ended += 1
  return ended
}

async function keptIfEnded(half: HalfPrice, record: BatchRecord): Promise<boolean> {
  const { work, batches } = half
  const { id } = record
  if (id === null) return false
  try {
    const batch = await patientlyNew(work, () => batches.look(id, work.halt))
    if (!batch.hasEnded) {
      refuseEndless(half, batch)
      return false
    }
    await collect(half, record)
  } catch (error) {
    if (!isGone(error)) throw error
    await forget(half, record)
  }
  return true
}

/** Whatever its state is called: an hour after its expiry it must have ended. */
export function refuseEndless({ work }: Pick<Looking, 'work'>, { id, status, expires_at }: MessageBatch): void {
  const expired = Date.parse(expires_at)
  if (!(work.now() > expired + hour)) return
  throw new ModelUnavailable(
    `Message batch ${id} should have expired at ${expires_at}, but the API still calls it ${status}. Its answers may be paid for, so nothing of it is asked for again. Resume the run later; if it stays so, ask Anthropic's support about ${id}.`,
  )
}

/** Nobody has its answers any more, so they are asked for again. */
export async function forget(half: Looking, record: BatchRecord): Promise<void> {
  const { work, budget } = half
  record.state = 'gone'
  await writeBatchRecord(work.store, work.ref, record)
  // It may have been paid for, to the last answer.
  if (record.reserved_usd > 0) await budget?.settle(record.reserved_usd, record.reserved_usd)
  await tell(
    half,
    `The API does not know message batch ${record.id} any more: it was deleted, or its results are older than ${keptDays} days. Its ${record.requests} items are asked for again.`,
    'warning',
  )
}
