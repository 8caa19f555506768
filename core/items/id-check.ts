/** Which items of a step have no id of their own. */
import type { ResolvedStep } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import { foldIds } from '../text/id-runs.ts'
import { idText } from '../text/ids.ts'
import { isObject, type Json, jsonText } from '../text/json.ts'
import { didYouMean, someOf } from '../text/nearest.ts'
import { TextNumbers } from '../text/text-numbers.ts'

/** Collects items whose id is missing or repeated, and ends the run over all of them at the end: they are known only then. */
export class IdCheck {
  /** The last position of each id so far. */
  readonly #seen = new TextNumbers()
  readonly #missing: string[] = []
  /** Positions of ids that stand more than once. */
  readonly #repeated = new Map<string, string[]>()
  #fieldsOfMissing: string[] = []
  readonly #step: ResolvedStep

  constructor(step: ResolvedStep) {
    this.#step = step
  }

  idOf(item: Json, index: number): { id: string; idJson: string } {
    const value = isObject(item) ? item[this.#step.id_field] : undefined
    const id = idText(value)
    if (id === undefined) {
      this.#noteMissing(item, index)
      return { id: `(position ${index})`, idJson: 'null' }
    }
    const before = this.#seen.set(id, index)
    if (before !== undefined) this.#noteRepeated(id, before, index)
    // The text of a number is its JSON.
    return { id, idJson: typeof value === 'string' ? jsonText(value) : id }
  }

  #noteMissing(item: Json, index: number): void {
    if (this.#missing.length === 0) this.#fieldsOfMissing = isObject(item) ? Object.keys(item) : []
    this.#missing.push(String(index))
  }

  #noteRepeated(id: string, before: number, index: number): void {
    const positions = this.#repeated.get(id) ?? [String(before)]
    positions.push(String(index))
    this.#repeated.set(id, positions)
  }

  close(): void {
    const found = [this.#missingText(), this.#repeatedText()].filter((text) => text !== '')
    if (found.length === 0) return
    const { id_field, step, prompt_name } = this.#step
    throw new RunFailed(
      `Step ${step} (${prompt_name}): ${found.join('; ')}. Expected a text or a number of its own in ${id_field} of every item. Correct the items, or name another field in batch_id_field.${didYouMean(id_field, this.#fieldsOfMissing)}`,
    )
  }

  #missingText(): string {
    const count = this.#missing.length
    if (count === 0) return ''
    const [who, where] = count === 1 ? ['item has', 'position'] : ['items have', 'positions']
    return `${count} ${who} no ${this.#step.id_field} (${where} ${foldIds(this.#missing)})`
  }

  #repeatedText(): string {
    if (this.#repeated.size === 0) return ''
    const ids = [...this.#repeated].map(([id, positions]) => `${id} (positions ${foldIds(positions)})`)
    return `the same ${this.#step.id_field} stands on more than one item: ${someOf(ids, mostRepeated)}`
  }
}

/** All are listed; this many fill some screens, and then the field is the wrong one. */
const mostRepeated = 1000
