/** Where the answers of a base's ledger stand, by item id. Takes 36 bytes an item, where the lines would take a thousand. */
import type { LedgerLine } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { TextNumbers } from '../text/text-numbers.ts'
import { wholeLines } from '../versions/ledger.ts'

export class AnswerPlaces {
  readonly #numbers = new TextNumbers()
  /** First byte and the one after the last, in turns; NaN without an answer. */
  #places = new Float64Array(1024)

  /** Of the lines that can be read; none if there is no such version. */
  static async of(store: Store, ref: VersionRef | null, step: number): Promise<AnswerPlaces> {
    const places = new AnswerPlaces()
    const state = { missing: false, whole: 0, broken: 0 }
    if (ref !== null) for await (const line of wholeLines(store, ref, { step, state })) places.#add(line)
    return places
  }

  #add({ item_id, answer_bytes }: LedgerLine): void {
    const at = this.#numbers.get(item_id) ?? this.#numbers.size
    this.#numbers.set(item_id, at)
    if (2 * at >= this.#places.length) {
      const wider = new Float64Array(2 * this.#places.length)
      wider.set(this.#places)
      this.#places = wider
    }
    this.#places.set(answer_bytes ?? [Number.NaN, Number.NaN], 2 * at)
  }

  /** Whether the ledger has an item's answer somewhere else, or has none of it any more. An item that it does not know stands nowhere else. */
  isElsewhere({ item_id, answer_bytes }: Pick<LedgerLine, 'item_id' | 'answer_bytes'>): boolean {
    const at = this.#numbers.get(item_id)
    if (at === undefined) return false
    const [start = Number.NaN, end = Number.NaN] = answer_bytes ?? []
    return !Object.is(this.#places[2 * at], start) || !Object.is(this.#places[2 * at + 1], end)
  }
}
