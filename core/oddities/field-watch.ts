/** Watches one field of the answers of a step: whether it is empty, always the same, or of a length far from the others. */
import type { Json } from '../text/json.ts'
import type { SchemaField } from './schema-fields.ts'
import { valueKey } from './schema-fields.ts'
import { Spread } from './spread.ts'

/** As many ids as an oddity names. */
export const namedIds = 3

/** How often something was seen, and where first. */
export class Sightings {
  count = 0
  readonly ids: string[] = []

  add(id: string): void {
    this.count += 1
    if (this.ids.length < namedIds) this.ids.push(id)
  }
}

export class FieldWatch {
  /** Answers that have the field. */
  readonly seen = new Sightings()
  readonly empty = new Sightings()
  readonly lengths = new Spread()
  readonly schema: SchemaField | undefined
  /** Of those that the schema lists. */
  readonly used = new Set<string>()
  #only: string | null | undefined

  constructor(schema: SchemaField | undefined) {
    this.schema = schema
  }

  add(value: Json, id: string, isEmpty: boolean): void {
    this.seen.add(id)
    if (isEmpty && !this.mayBeEmpty(value)) this.empty.add(id)
    if (typeof value === 'string' && !isEmpty) this.lengths.add(value.length, id)
    if (this.schema?.values != null) this.used.add(valueKey(value))
    if (this.#only === null) return
    const key = valueKey(value)
    // A long one would only be compared with others as long.
    if (this.#only === undefined) this.#only = key
    else if (this.#only !== key) this.#only = null
  }

  /** Whether an empty value is one that was asked for. */
  mayBeEmpty(value: Json): boolean {
    return value === null && this.schema?.mayBeNull === true
  }

  /** A value inside a list counts only for what the schema lists. */
  addElement(value: Json): void {
    if (this.schema?.values != null) this.used.add(valueKey(value))
  }

  /** The JSON of the value that all have that were seen. */
  get only(): string | null {
    return this.#only ?? null
  }
}
