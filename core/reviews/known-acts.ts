/** The acts of pipelines, kept in memory and brought up to date whenever they are asked for. */
import type { Store } from '../store.ts'
import { Turns } from '../text/turns.ts'
import { appliedKeys } from './applied-keys.ts'
import { reviewBook } from './review-book.ts'
import { Acts } from './reviewed-state.ts'

interface Known {
  acts: Acts
  /** Null if what is added later cannot be told from them. */
  mark: string | null
  /** The latest version when it was looked which edits versions have put in place. */
  latest?: string | undefined
}

/** What was said until a moment. */
export interface ActsSoFar {
  /** The newest time that an act has. */
  newest: string
  /** As the review book gave it; null: it gave none. */
  mark: string | null
}

/** Pipelines that are held at once. */
const most = 8

export class KnownActs {
  readonly #store: Store
  readonly #known = new Map<string, Known>()
  readonly #turns = new Turns()

  constructor(store: Store) {
    this.#store = store
  }

  /**
   * All acts as they are now. The same object as before if nothing was added: `count` tells. Throws RequestRefused if the pipeline has no
   * reviews, RunFailed for one that cannot be read.
   */
  of(pipeline: string): Promise<Acts> {
    // Two at once would take what is new twice.
    return this.#turns.take(pipeline, async () => this.#withApplied(pipeline, await this.#upToDate(pipeline)))
  }

  /** How far what was said is known now. */
  soFar(pipeline: string): Promise<ActsSoFar> {
    return this.#turns.take(pipeline, async () => {
      const { acts, mark } = await this.#upToDate(pipeline)
      return { newest: acts.newest, mark }
    })
  }

  async #upToDate(pipeline: string): Promise<Known> {
    const book = reviewBook(this.#store, pipeline)
    const known = this.#known.get(pipeline)
    if (known !== undefined && known.mark !== null) {
      const since = await book.since?.(pipeline, known.mark)
      if (since !== undefined) {
        for (const act of since.acts) known.acts.add(act)
        known.mark = since.mark
        return known
      }
    }
    const all = await book.since?.(pipeline, null)
    const acts = new Acts()
    if (all === undefined) for await (const act of book.all(pipeline)) acts.add(act)
    else for (const act of all.acts) acts.add(act)
    const fresh = { acts, mark: all?.mark ?? null }
    this.#keep(pipeline, fresh)
    return fresh
  }

  /** Only a new version can have put edits in place. */
  async #withApplied(pipeline: string, known: Known): Promise<Acts> {
    if (!known.acts.hasEdits) return known.acts
    const latest = await this.#store.latest(pipeline)
    if (known.latest === undefined || known.latest !== latest)
      known.acts.applied = await appliedKeys(this.#store, pipeline)
    known.latest = latest
    return known.acts
  }

  #keep(pipeline: string, known: Known): void {
    this.#known.delete(pipeline)
    this.#known.set(pipeline, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > most && oldest !== undefined) this.#known.delete(oldest)
  }
}
