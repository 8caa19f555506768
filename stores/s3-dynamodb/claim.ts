/**
 * The claim of a batch: the right to work on it, which one worker has at a time. Its worker renews it with each beat. No clocks are
 * compared: a claim has expired if whoever waits for it looks three times, a beat apart, and sees no change of it.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { RunInterrupted } from '../../core/errors.ts'
import type { VersionRef } from '../../core/store.ts'
import type { CloudContext } from './context.ts'
import { longestWaitMs } from './patience.ts'
import { claimKey, claimPrefix, keyOfRow, progressPartition } from './records.ts'
import { type BatchClaim, beatMs, type Claiming } from './run-progress.ts'
import type { Change, Key, TableRow } from './table.ts'

const missedBeats = 3
/** While the table cannot be reached, nobody's beats arrive; after that, a worker's next one may be this many beats away. */
const beatsAfterOutage = Math.ceil(longestWaitMs / beatMs)

/** Waits until nobody else works on a batch, and claims it. Throws the reason of `stop`, StoreUnwritable, StoreUnreadable. */
export async function claimBatch(
  here: CloudContext,
  { ref, epoch }: { ref: VersionRef; epoch: number },
  { step, batch, stop, waits, everyMs = beatMs }: Claiming,
): Promise<BatchClaim> {
  const key = claimKey(ref, { step, batch })
  const worker = randomUUID()
  let seen: TableRow | undefined
  let unchanged = 0
  for (;;) {
    stop.throwIfAborted()
    const began = performance.now()
    const expired = unchanged >= missedBeats ? seen : undefined
    const { done } = await here.table.change(key, { set: { worker, epoch, beat: 0 }, when: isFree(expired) })
    if (done) return new HeldClaim(here, { key, worker, everyMs })
    const row = await here.table.get(key)
    if (row === undefined) continue
    if (seen === undefined) waits()
    if (performance.now() - began > 2 * everyMs) unchanged = -beatsAfterOutage
    else unchanged = seen !== undefined && seen.worker === row.worker && seen.beat === row.beat ? unchanged + 1 : 0
    seen = row
    if (unchanged < missedBeats) await wait(everyMs, undefined, { signal: stop }).catch(() => {})
  }
}

/** The records of a version's claims: those of workers that were killed, and whose batches nobody went on with. */
export async function claimsOf({ table }: Pick<CloudContext, 'table'>, ref: VersionRef): Promise<Key[]> {
  return Array.fromAsync(table.below(progressPartition(ref), claimPrefix), (row) => keyOfRow(row))
}

/** Whether a worker may take the batch. If the answer to its claim was lost and it asks again, the claim is its own already. */
function isFree(expired: TableRow | undefined): Change['when'] {
  // An older epoch is that of a run that has ended: its worker begins nothing and keeps nothing more.
  const free = 'attribute_not_exists(#worker) OR #worker = :worker OR #epoch < :epoch'
  if (expired === undefined) return { holds: free }
  const values = { wasWorker: expired.worker, wasBeat: expired.beat }
  return { holds: `${free} OR (#worker = :wasWorker AND #beat = :wasBeat)`, values }
}

class HeldClaim implements BatchClaim {
  readonly #here: CloudContext
  readonly #key: Key
  readonly #mine: Change['when'] & object
  readonly #lost = new AbortController()
  readonly #timer: NodeJS.Timeout
  #beat = 0
  #underWay = 0
  #ended = false

  constructor(here: CloudContext, { key, worker, everyMs }: { key: Key; worker: string; everyMs: number }) {
    this.#here = here
    this.#key = key
    this.#mine = { holds: '#worker = :mine', values: { mine: worker } }
    this.#timer = setInterval(() => void this.#renew(), everyMs).unref()
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  async end(): Promise<void> {
    this.#ended = true
    clearInterval(this.#timer)
    // If it cannot be ended, it expires.
    await this.#here.table.removeIf(this.#key, this.#mine).catch(() => {})
  }

  /** If the table cannot be reached, the work goes on: it is lost only if another worker has it. */
  async #renew(): Promise<void> {
    // None waits for the one before, since a request that hangs must not let the claim expire; but in an outage they must not gather.
    if (this.#underWay >= missedBeats) return
    this.#underWay += 1
    this.#beat += 1
    const change = { set: { beat: this.#beat }, when: this.#mine }
    const { done } = await this.#here.table.change(this.#key, change).catch(() => ({ done: true }))
    this.#underWay -= 1
    if (!done && !this.#ended) this.#lost.abort(new RunInterrupted('Another call has taken this batch over.'))
  }
}
