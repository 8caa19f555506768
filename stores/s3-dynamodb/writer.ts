/** One writer of a version: the epoch it writes under, its signs of life, and the notice that it was replaced. */
import { WriterReplaced } from '../../core/errors.ts'
import { type VersionRef, versionFolder } from '../../core/store.ts'
import type { TableRow } from './change-expression.ts'
import type { CloudContext } from './context.ts'
import { stateKey } from './records.ts'

/** A writer checks at most this often whether it was replaced, however much it keeps. */
const lookEveryMs = 2000
/** A fifteenth of the time after which a writer counts as dead. */
export const signEveryMs = 20_000

export class Writer {
  readonly ref: VersionRef
  readonly epoch: number
  readonly #here: CloudContext
  readonly #replaced = new AbortController()
  #lookedAt: number
  #signedAt: number
  #looking: Promise<void> | null = null
  #ended = false
  #runHasEnded = false

  constructor(here: CloudContext, { ref, epoch, signedAt }: { ref: VersionRef; epoch: number; signedAt: number }) {
    this.ref = ref
    this.epoch = epoch
    this.#here = here
    // A process that starts with an old epoch checks before its first write.
    this.#lookedAt = signedAt
    this.#signedAt = signedAt
  }

  /** Aborts when a newer writer is seen; not when the run has ended, as long as nobody resumes the version. */
  get replaced(): AbortSignal {
    return this.#replaced.signal
  }

  /**
   * Checks now and then whether the run has ended or another writer took over, and gives a sign of life when one is due. Throws
   * WriterReplaced.
   */
  async check(): Promise<void> {
    await this.checkKeeping()
    if (this.#runHasEnded) throw this.#replacement()
  }

  /** The same for an answer: answers paid for before the run ended are kept, as long as no other writer has the version. */
  async checkKeeping(): Promise<void> {
    // The clock may have been set back.
    if (Math.abs(this.#here.now() - this.#lookedAt) >= lookEveryMs) await this.look()
    this.replaced.throwIfAborted()
  }

  /** Checks now. An unreachable table stops nobody: paid answers go to the bucket, and the next check is soon. */
  async look(): Promise<void> {
    if (this.#ended) return
    this.#looking ??= this.#look()
      .catch(() => {})
      .finally(() => {
        this.#looking = null
      })
    await this.#looking
  }

  /** Ends checks and signs of life: the version is released, or its work is over. */
  end(): void {
    this.#ended = true
  }

  async #look(): Promise<void> {
    const now = this.#here.now()
    this.#lookedAt = now
    const due = Math.abs(now - this.#signedAt) >= signEveryMs
    if (due && (await this.#sign(now))) return
    const state = await this.#here.table.get(stateKey(this.ref))
    if (isEnded(state, this.epoch)) this.#runHasEnded = true
    else if (state?.epoch !== this.epoch) this.#stop()
  }

  /** False if another writer has the version. */
  async #sign(now: number): Promise<boolean> {
    this.#signedAt = now
    const { done } = await this.#here.table.change(stateKey(this.ref), {
      set: { seen: now },
      when: { holds: '#epoch = :mine', values: { mine: this.epoch } },
    })
    return done
  }

  #stop(): void {
    if (this.#ended) return
    this.#ended = true
    this.#replaced.abort(this.#replacement())
  }

  #replacement(): WriterReplaced {
    return new WriterReplaced(
      `${versionFolder(this.ref)} was taken over by another run, or has ended. Only one may write a version, so this one stops; what it kept is not lost.`,
    )
  }
}

/** Whether the run with this epoch has been ended (`endWriter`) and nobody has resumed the version since. */
export function isEnded(state: TableRow | undefined, epoch: number): boolean {
  return state?.ended_by !== undefined && state.epoch === epoch + 1
}
