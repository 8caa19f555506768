/** The lease of a version: the right to write it, as an epoch in the table. A writer that sees a higher epoch has been replaced. */
import { hostname } from 'node:os'
import { FileMissing, VersionBusy } from '../../core/errors.ts'
import { type Lease, type VersionRef, versionFolder } from '../../core/store.ts'
import type { CloudContext } from './context.ts'
import { runKey, stateKey, versionKey } from './records.ts'
import { expiry, mayBegin, throwIfForbidden } from './runs.ts'
import type { Change, Key, TableRow } from './table.ts'
import { signEveryMs, type Writer } from './writer.ts'

/** After this long without a sign of life a writer counts as dead. A Lambda may be frozen, or a clock be wrong, for less. */
const deadAfterMs = 5 * 60_000

export interface CloudLease extends Lease {
  readonly epoch: number
  /** Epoch milliseconds from which the run's duration counts. */
  readonly started: number
  /**
   * Leaves the version to the stages that come after this process, which write under the same epoch: signs of life are theirs
   * from now on, and nothing is released.
   */
  handOver(): Promise<{ epoch: number; started: number }>
}

/** What is known of a version's writers: the record `state`. */
export interface WriterState {
  epoch: number
  /** Who writes; gone if nobody does. */
  holder?: string
  /** Epoch milliseconds. */
  started: number
  seen: number
  inherited_seconds?: number
  /** Epoch milliseconds until which the run is alive without a sign of life: the state machine waits for a free Lambda. */
  waits_until?: number
  /** The run that has taken the version only to end it. */
  ended_by?: string
}

/** Whether somebody writes the version, or may. */
export function isHeld(state: TableRow | undefined, now: number): boolean {
  if (state?.holder === undefined) return false
  return now - Number(state.seen) < deadAfterMs || now < Number(state.waits_until ?? 0)
}

export interface Taken {
  epoch: number
  /** Epoch milliseconds of the first sign of life. */
  signedAt: number
  inheritedSeconds: number
}

/** Becomes the writer of a version. Throws FileMissing, VersionBusy, RunInterrupted, StoreUnwritable. */
export async function takeOver(here: CloudContext, ref: VersionRef): Promise<Taken> {
  for (;;) {
    await throwIfForbidden(here)
    const [version, state] = await Promise.all([here.table.get(versionKey(ref)), here.table.get(stateKey(ref))])
    if (version === undefined) throw new FileMissing(`${versionFolder(ref)}/metadata.json`)
    // A writer that only ends a version has released it as soon as the record says so.
    const ending = state?.ended_by !== undefined && version.status !== 'running'
    const now = here.now()
    // An execution whose `open` was killed and is called again.
    const again = here.execution !== undefined && state?.holder === holderOf(here)
    if (!ending && !again && isHeld(state, now)) throw busy(state as unknown as WriterState, ref)
    const taken = { epoch: Number(state?.epoch ?? 0) + 1, signedAt: now, inheritedSeconds: unwrittenSeconds(state) }
    // False if another was faster.
    if (await here.table.together(takingChanges(here, ref, { taken, state }))) return taken
  }
}

function takingChanges(
  here: CloudContext,
  ref: VersionRef,
  { taken, state }: { taken: Taken; state: TableRow | undefined },
): { key: Key; change: Change }[] {
  const unchanged =
    state === undefined
      ? { holds: 'attribute_not_exists(#epoch)' }
      : { holds: '#epoch = :was AND #seen = :wasSeen', values: { was: state.epoch, wasSeen: state.seen } }
  const begun = leaseChanges(here, ref, taken)
  return begun.map((one) => (one.key.record === 'state' ? { ...one, change: { ...one.change, when: unchanged } } : one))
}

/** The records that mark a version as being written: its state, and the version under the execution's name. */
export function leaseChanges(here: CloudContext, ref: VersionRef, taken: Taken): { key: Key; change: Change }[] {
  const { execution } = here
  const { epoch, signedAt, inheritedSeconds } = taken
  const holder = holderOf(here)
  const state: WriterState = { epoch, holder, started: signedAt, seen: signedAt, inherited_seconds: inheritedSeconds }
  const begun: { key: Key; change: Change }[] = [
    { key: stateKey(ref), change: { set: { ...state }, remove: ['stop', 'ended_by', 'waits_until'] } },
  ]
  if (execution === undefined) return begun
  const { id, arn } = execution
  const run = {
    run_id: id,
    of_pipeline: ref.pipeline,
    of_version: ref.version,
    epoch,
    execution_arn: arn,
    ...expiry(here.now()),
  }
  begun.push({ key: runKey(id), change: { set: { ...run, started: startedOf(taken) }, when: mayBegin } })
  return begun
}

function holderOf({ execution }: CloudContext): string {
  return execution === undefined ? `process ${process.pid} on ${hostname()}` : `execution ${execution.id}`
}

function startedOf({ signedAt, inheritedSeconds }: Taken): number {
  return signedAt - inheritedSeconds * 1000
}

/** Seconds that a dead writer worked and did not record. */
function unwrittenSeconds(state: TableRow | undefined): number {
  if (state?.holder === undefined || state.ended_by !== undefined) return 0
  const { seen, started, inherited_seconds = 0 } = state as unknown as WriterState
  return Math.max(0, (seen - started) / 1000) + inherited_seconds
}

function busy({ holder, started, seen }: WriterState, ref: VersionRef): VersionBusy {
  const since = `since ${new Date(started).toISOString()} (last seen ${new Date(seen).toISOString()})`
  return new VersionBusy(
    `${versionFolder(ref)} is being run by ${holder} ${since}. Only one run at a time may write a version. Wait for it or stop it, then try again; a run that was killed frees it after five minutes, or fifteen if it was waiting for a Lambda.`,
  )
}

export class HeldLease implements CloudLease {
  readonly epoch: number
  readonly started: number
  readonly inheritedSeconds: number
  readonly #here: CloudContext
  readonly #writer: Writer
  readonly #flush: () => Promise<void>
  readonly #timer: NodeJS.Timeout
  #released = false

  constructor(here: CloudContext, taken: Taken, { writer, flush }: { writer: Writer; flush: () => Promise<void> }) {
    this.epoch = taken.epoch
    this.started = startedOf(taken)
    this.inheritedSeconds = taken.inheritedSeconds
    this.#here = here
    this.#writer = writer
    this.#flush = flush
    this.#timer = setInterval(() => writer.look(), signEveryMs).unref()
  }

  get lost(): AbortSignal {
    return this.#writer.replaced
  }

  async handOver(): Promise<{ epoch: number; started: number }> {
    clearInterval(this.#timer)
    await this.#flush()
    return { epoch: this.epoch, started: this.started }
  }

  async release(): Promise<void> {
    if (this.#released) return
    this.#released = true
    clearInterval(this.#timer)
    this.#writer.end()
    // A failed write here must not hide why the run ended; the holder counts as dead in five minutes anyway.
    await Promise.allSettled([this.#flush(), this.#letGo()])
  }

  #letGo(): Promise<unknown> {
    return this.#here.table.change(stateKey(this.#writer.ref), {
      remove: ['holder'],
      when: { holds: '#epoch = :mine', values: { mine: this.epoch } },
    })
  }
}

/**
 * Takes a version over from a run that has ended, so that its remaining workers see a newer epoch, under which
 * the end is written. Returns it, for the same run again; null if another has the version, or its work is over.
 */
export async function endWriter(
  here: CloudContext,
  ref: VersionRef,
  { epoch, run_id }: { epoch: number; run_id: string },
): Promise<number | null> {
  const next = epoch + 1
  const { done } = await here.table.change(stateKey(ref), {
    set: { epoch: next, holder: `the ending of run ${run_id}`, seen: here.now(), ended_by: run_id },
    when: { holds: '#epoch = :was', values: { was: epoch } },
  })
  if (done) return next
  const state = await here.table.get(stateKey(ref))
  return state?.epoch === next && state.ended_by === run_id ? next : null
}
