/** Which items of a step have no id of their own. */
import type { ResolvedStep } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import { foldIds } from '../text/id-runs.ts'
import { idText } from '../text/ids.ts'
import { isObject, type Json, jsonText } from '../text/json.ts'
import { didYouMean, someOf } from '../text/nearest.ts'
import { TextNumbers } from '../text/text-numbers.ts'
import { MadeIds, madeIdField } from './made-ids.ts'

/** Collects items whose id is missing or repeated, and ends the run over all of them at the end: they are known only then. */
export class IdCheck {
  /** The last position of each id so far. */
  readonly #seen = new TextNumbers()
  readonly #missing: string[] = []
  /** Positions of ids that stand more than once. */
  readonly #repeated = new Map<string, string[]>()
  #fieldsOfMissing: string[] = []
  /** Where arrays stand in an object that is taken as its entries. */
  readonly #arrays: string[] = []
  readonly #step: ResolvedStep
  readonly #made: MadeIds | null
  /** The position of the first item that has a field of the name in which made ids are written. */
  #taken: number | null = null

  constructor(step: ResolvedStep) {
    this.#step = step
    this.#made = step.id_from === undefined ? null : new MadeIds(step.id_from)
  }

  idOf(item: Json, index: number): { id: string; idJson: string } {
    if (this.#made !== null) return this.#makeId(this.#made, { item, index })
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

  #makeId(made: MadeIds, { item, index }: { item: Json; index: number }): { id: string; idJson: string } {
    if (isObject(item) && Object.hasOwn(item, madeIdField)) this.#taken ??= index
    const id = made.idOf(item, index)
    return { id, idJson: JSON.stringify(id) }
  }

  #noteMissing(item: Json, index: number): void {
    const array = arrayInEntry(item)
    if (array !== undefined && this.#arrays.length < 3) this.#arrays.push(array)
    if (this.#missing.length === 0) this.#fieldsOfMissing = isObject(item) ? Object.keys(item) : []
    this.#missing.push(String(index))
  }

  #noteRepeated(id: string, before: number, index: number): void {
    const positions = this.#repeated.get(id) ?? [String(before)]
    positions.push(String(index))
    this.#repeated.set(id, positions)
  }

  close(): void {
    if (this.#taken !== null) throw new RunFailed(takenText(this.#step, this.#taken))
    const found = [this.#missingText(), this.#repeatedText()].filter((text) => text !== '')
    if (found.length === 0) return
    const { id_field, step, prompt_name } = this.#step
    throw new RunFailed(
      `Step ${step} (${prompt_name}): ${found.join('; ')}. Expected a text or a number of its own in ${id_field} of every item. Correct the items, or name another field in batch_id_field.${this.#otherField()}${this.#offers()}`,
    )
  }

  /** A field of a similar name; none if the item has this one, and it is empty. */
  #otherField(): string {
    const { id_field } = this.#step
    return this.#fieldsOfMissing.includes(id_field) ? '' : didYouMean(id_field, this.#fieldsOfMissing)
  }

  /** Ways out for items that have no field for an id. */
  #offers(): string {
    if (this.#missing.length === 0 || this.#seen.size > 0) return ''
    const array =
      this.#arrays.length === 0
        ? ''
        : `, or point to an array in it: ${this.#arrays.join(' or ')} behind the file's name`
    const isEntries = this.#fieldsOfMissing.join() === 'key,value'
    const entries = isEntries
      ? ` An object is taken as its entries, each with key and value: name key in batch_id_field${array}.`
      : ''
    return `${entries} If no field identifies an item, write one of these lines in the step: batch_id_field: "@content" (a short hash of the item: it survives sorting, and changes when the item is edited), or batch_id_field: "@position" (1, 2, 3: weak, since an answer stays at its position when rows are sorted, added or removed).`
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

/** The pointer to an array in an entry; undefined if it has none near. */
function arrayInEntry(item: Json): string | undefined {
  if (!isObject(item) || typeof item.key !== 'string') return undefined
  const path = arrayIn(item.value, 2)
  return path === undefined ? undefined : `#/${[item.key, ...path].join('/')}`
}

/** The way to the first array, at most `deep` objects down: `*` if all entries of an object have one at the same place. */
function arrayIn(value: Json | undefined, deep: number): string[] | undefined {
  if (Array.isArray(value)) return []
  if (value === undefined || !isObject(value) || deep === 0) return undefined
  const found = Object.entries(value).map(([key, inner]) => ({ key, path: arrayIn(inner, deep - 1) }))
  const first = found.find(({ path }) => path !== undefined)
  if (first?.path === undefined) return undefined
  const rest = first.path.join('/')
  const isEverywhere = rest !== '' && found.length > 1 && found.every(({ path }) => path?.join('/') === rest)
  return [isEverywhere ? '*' : first.key, ...first.path]
}

function takenText({ step, prompt_name, id_from }: ResolvedStep, position: number): string {
  return `Step ${step} (${prompt_name}): the item at position ${position} has a field ${madeIdField}, where the id of "@${id_from}" would be written. Expected no such field. Write batch_id_field: ${madeIdField} if it identifies the items; else rename it.`
}

/** All are listed; this many fill some screens, and then the field is the wrong one. */
const mostRepeated = 1000
