/** One writer of a version: the epoch it writes under, its signs of life, and the notice that it was replaced. */
import { WriterReplaced } from '../../core/errors.ts'
import { type VersionRef, versionFolder } from '../../core/store.ts'
import { stateKey } from './records.ts'
import type { Surroundings } from './surroundings.ts'

/** A writer looks at most this often whether it was replaced, however much it keeps. */
const lookEveryMs = 2000
/** A fifteenth of the time after which a writer is taken for dead. */
export const signEveryMs = 20_000

export class Writer {
  readonly ref: VersionRef
  readonly epoch: number
  readonly #here: Surroundings
  readonly #replaced = new AbortController()
  #lookedAt: number
  #signedAt: number
  #looking: Promise<void> | null = null
  #ended = false

  constructor(here: Surroundings, { ref, epoch, signedAt }: { ref: VersionRef; epoch: number; signedAt: number }) {
    this.ref = ref
    this.epoch = epoch
    this.#here = here
    // What begins with an old epoch looks before its first write.
    this.#lookedAt = signedAt
    this.#signedAt = signedAt
  }

  /** Aborts when a newer writer is seen. */
  get replaced(): AbortSignal {
    return this.#replaced.signal
  }

  /** Looks now and then whether another writer took over, and gives a sign of life when one is due. Throws WriterReplaced. */
  async check(): Promise<void> {
    if (this.#here.now() - this.#lookedAt >= lookEveryMs) await this.look()
    this.replaced.throwIfAborted()
  }

  /** The same now. A table that cannot be asked stops nobody: what was paid for goes to the bucket, and the next look is soon. */
  async look(): Promise<void> {
    if (this.#ended) return
    this.#looking ??= this.#look()
      .catch(() => {})
      .finally(() => {
        this.#looking = null
      })
    await this.#looking
  }

  /** No more looks and signs: the version is let go, or its work is over. */
  end(): void {
    this.#ended = true
  }

  async #look(): Promise<void> {
    const now = this.#here.now()
    this.#lookedAt = now
    const due = now - this.#signedAt >= signEveryMs
    if (!(due ? await this.#sign(now) : await this.#isMine())) this.#stop()
  }

  async #isMine(): Promise<boolean> {
    return (await this.#here.table.get(stateKey(this.ref)))?.epoch === this.epoch
  }

  /** False where another is the writer now. */
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
    this.#replaced.abort(
      new WriterReplaced(
        `${versionFolder(this.ref)} was taken over by another run, or has ended. Only one may write a version, so this one stops; what it kept is not lost.`,
      ),
    )
  }
}
