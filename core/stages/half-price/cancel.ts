/** Cancels the message batches of a version that nobody runs. What they answered by then is paid for, and a resume keeps it. */
import { RunFailed } from '../../errors.ts'
import { BatchCallFailed, type MessageBatches } from '../../message-batches.ts'
import type { Store, VersionRef } from '../../store.ts'
import { type BatchRecord, batchRecords, isOut, writeBatchRecord } from '../../versions/message-batches.ts'
import { fail } from '../fail.ts'

export interface CancelTools {
  store: Store
  batches: MessageBatches
  /** Epoch milliseconds. */
  now: () => number
  halt: AbortSignal
}

/**
 * Cancels what is out, and ends the version as aborted. Returns the records of all that is out. Throws VersionBusy if a living process
 * runs it, RunFailed if the API cannot be asked.
 */
export async function cancelBatches(
  { store, batches, now, halt }: CancelTools,
  ref: VersionRef,
): Promise<BatchRecord[]> {
  const lease = await store.lease(ref)
  try {
    const out = await cancelOut({ store, batches, halt }, ref)
    const clock = { workedMs: () => lease.inheritedSeconds * 1000, now }
    await fail(store, ref, {
      status: 'aborted',
      reason: 'The run was stopped, and its message batches cancelled.',
      clock,
    })
    return out
  } finally {
    await lease.release()
  }
}

/**
 * Cancels what is out of a version that the caller writes. Returns the records of all that is out, those without an id, which cannot be
 * cancelled, too. Throws RunFailed if the API cannot be asked.
 */
export async function cancelOut(
  { store, batches, halt }: Omit<CancelTools, 'now'>,
  ref: VersionRef,
): Promise<BatchRecord[]> {
  const out = (await batchRecords(store, ref)).filter(isOut)
  for (const record of out) {
    if (record.id === null || record.cancelled) continue
    await cancel(batches, record.id, halt)
    record.cancelled = true
    await writeBatchRecord(store, ref, record)
  }
  return out
}

/** One that has ended is refused, and one that is not known has nothing to cancel. */
async function cancel(batches: MessageBatches, id: string, halt: AbortSignal): Promise<void> {
  try {
    await batches.cancel(id, halt)
  } catch (error) {
    if (!(error instanceof BatchCallFailed)) throw error
    if (error.mayPass)
      throw new RunFailed(`Message batch ${id} could not be cancelled. ${error.message}. Try again.`, { cause: error })
  }
}
