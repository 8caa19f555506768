/** Draws a sample that anyone can draw again: the ids whose hashes with the seed are smallest, whatever their order. */
import type { SampleSize } from '../documents.ts'
import { sha256 } from '../text/ids.ts'

/** The seed of whoever names none. */
export const usualSeed = 1

export class Sample {
  readonly #size: SampleSize
  #drawn: { id: string; hash: string; at: number }[] = []
  #seen = 0

  constructor(size: SampleSize) {
    this.#size = size
  }

  add(id: string): void {
    this.#drawn.push({ id, hash: sha256(`${this.#size.seed}\n${id}`), at: this.#seen })
    this.#seen += 1
    // Sorting now and then keeps no more than twice as many as are drawn.
    if (this.#drawn.length >= 2 * this.#size.count + 1_000) this.#cut()
  }

  /** The ids drawn, in the order in which they came; all if there were no more. */
  ids(): string[] {
    this.#cut()
    return this.#drawn.toSorted((a, b) => a.at - b.at).map(({ id }) => id)
  }

  #cut(): void {
    this.#drawn = this.#drawn
      .sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.at - b.at))
      .slice(0, this.#size.count)
  }
}
