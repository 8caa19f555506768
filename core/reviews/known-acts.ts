/** The acts of pipelines, kept in memory and brought up to date whenever they are asked for. */
import type { Store } from '../store.ts'
import { Turns } from '../text/turns.ts'
import { reviewBook } from './review-book.ts'
import { Acts } from './reviewed-state.ts'

interface Known {
  acts: Acts
  mark: string
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
    return this.#turns.take(pipeline, () => this.#upToDate(pipeline))
  }

  async #upToDate(pipeline: string): Promise<Acts> {
    const book = reviewBook(this.#store, pipeline)
    const known = this.#known.get(pipeline)
    if (known !== undefined) {
      const since = await book.since?.(pipeline, known.mark)
      if (since !== undefined) {
        for (const act of since.acts) known.acts.add(act)
        known.mark = since.mark
        return known.acts
      }
    }
    const mark = await book.since?.(pipeline, null)
    const acts = new Acts()
    if (mark === undefined) for await (const act of book.all(pipeline)) acts.add(act)
    else for (const act of mark.acts) acts.add(act)
    this.#keep(pipeline, { acts, mark: mark?.mark ?? '' })
    return acts
  }

  #keep(pipeline: string, known: Known): void {
    this.#known.delete(pipeline)
    this.#known.set(pipeline, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > most && oldest !== undefined) this.#known.delete(oldest)
  }
}
