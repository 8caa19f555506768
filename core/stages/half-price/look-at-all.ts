/** Asks the API about each message batch of a step that is out, once. */
import { inParallel } from '../../answers/pool.ts'
import { BatchCallFailed } from '../../message-batches.ts'
import { asStream } from '../../text/as-stream.ts'
import { type BatchRecord, writeBatchRecord } from '../../versions/message-batches.ts'
import { type Looking, openRecords } from './context.ts'
import { tellDeadline } from './end-at-deadline.ts'
import type { LookState } from './look-state.ts'
import { givenUp, giveUpMs, knownWithinMs } from './patience.ts'
import { forget, refuseEndless } from './wait.ts'

/** The API answers within a tenth of a second, and takes 1,000 calls a minute. */
const atOnce = 8
/** A batch that is out for so long has to be looked at by a person: what is not answered when it expires is asked for again. */
const lateMs = 2 * 3_600_000

export interface Seen extends Pick<LookState, 'unknown_since' | 'paused_since'> {
  /** Numbers, ascending. */
  ended: number[]
  late: number
}

/** Forgets batches that the API does not know any more. Throws ModelUnavailable if the API has been away for too long. */
export async function lookAtAll(
  looking: Looking,
  { unknown_since, paused_since }: Pick<LookState, 'unknown_since' | 'paused_since'>,
): Promise<Seen> {
  const { work, batches } = looking
  const now = work.now()
  const ended: number[] = []
  const unknown: BatchRecord[] = []
  let [failure, late]: [BatchCallFailed | null, number] = [null, 0]
  const known = openRecords(looking).filter(({ id }) => id !== null)
  await inParallel(asStream(known), { concurrency: atOnce, stopped: () => work.halt.aborted }, async (record) => {
    try {
      const batch = await batches.look(record.id ?? '', work.halt)
      if (batch.hasEnded) ended.push(record.number)
      else {
        refuseEndless(looking, batch)
        if (now > Date.parse(batch.expires_at) - lateMs) late += 1
      }
    } catch (error) {
      if (!(error instanceof BatchCallFailed)) throw error
      if (error.isNotFound) unknown.push(record)
      else if (error.mayPass) failure = error
      else throw error
    }
  })
  if (work.halt.aborted) throw work.halt.reason
  if (failure !== null && now - (paused_since ?? now) >= giveUpMs(work)) throw givenUp(failure)
  // What was made a moment ago may not be known yet, nor its results.
  const isGone = unknown.length > 0 && now - (unknown_since ?? now) >= knownWithinMs
  if (isGone) for (const record of unknown) await forget(looking, record)
  return {
    ended: ended.sort((a, b) => a - b),
    late,
    paused_since: failure === null ? null : (paused_since ?? now),
    unknown_since: unknown.length === 0 || isGone ? null : (unknown_since ?? now),
  }
}

/** Cancels what is out; what could not be cancelled now is by the next look. Returns whether it was the first time. */
export async function cancelAtDeadline(looking: Looking): Promise<boolean> {
  const { work, batches } = looking
  const open = openRecords(looking)
  const isFirst = open.every(({ cancelled }) => !cancelled)
  if (isFirst) await tellDeadline(looking)
  for (const record of open) {
    if (record.cancelled || record.id === null) continue
    try {
      await batches.cancel(record.id, work.halt)
    } catch (error) {
      if (!(error instanceof BatchCallFailed)) throw error
      if (error.mayPass) continue
    }
    record.cancelled = true
    await writeBatchRecord(work.store, work.ref, record)
  }
  return isFirst
}
