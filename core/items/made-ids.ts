/** Ids of items that have no field for it: a hash of what the item says, or its position. */
import type { ResolvedStep } from '../documents.ts'
import { sha256 } from '../text/ids.ts'
import type { Json } from '../text/json.ts'
import { sortedJson } from '../text/sorted-json.ts'
import { TextNumbers } from '../text/text-numbers.ts'

/** The field in which such an id is written. */
export const madeIdField = 'item_id'

/** Gives ids to the items of one step, in their order. */
export class MadeIds {
  /** How often each hash was there. */
  readonly #seen = new TextNumbers()
  readonly #from: NonNullable<ResolvedStep['id_from']>

  constructor(from: NonNullable<ResolvedStep['id_from']>) {
    this.#from = from
  }

  /** `index`: from 1. */
  idOf(item: Json, index: number): string {
    if (this.#from === 'position') return String(index)
    const hash = contentHash(item)
    const times = (this.#seen.get(hash) ?? 0) + 1
    this.#seen.set(hash, times)
    return times === 1 ? hash : `${hash}-${times}`
  }
}

/**
 * 48 bits of an item's content: two of a million items have the same with a probability of 1 in 560, and are numbered then like
 * items that repeat. The letter before it keeps spreadsheets from taking it for a number.
 */
function contentHash(item: Json): string {
  return `c${sha256(sortedJson(item)).slice(0, 12)}`
}
