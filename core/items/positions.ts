/** Which positions are free for items whose ledger lines were lost. */
import type { ErrorRow, LedgerLine } from '../documents.ts'

/** Gives lines that were lost their positions; no two items have the same. */
export class Positions {
  readonly #taken: Set<number>
  readonly #reserved: Set<number>
  #last = 0

  constructor(lines: LedgerLine[], rows: ErrorRow[]) {
    this.#taken = new Set(lines.map(({ item_index }) => item_index))
    this.#reserved = new Set(rows.map(({ item_index }) => item_index))
  }

  pass(index: number): void {
    this.#last = index
  }

  /** `known` if it is known and free, else the next free one after the item before. */
  take(known: number): number {
    let index = known
    if (known < 1 || this.#taken.has(known))
      do index = ++this.#last
      while (this.#taken.has(index) || this.#reserved.has(index))
    this.#taken.add(index)
    this.#last = index
    return index
  }
}
