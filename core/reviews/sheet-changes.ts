/**
 * What a person changed in a table that `export --review` wrote: each row finds its answer by its key, wherever it stands. What somebody else
 * said or changed since then is no change of this person.
 */
import { RequestRefused } from '../errors.ts'
import type { Store } from '../store.ts'
import type { Json } from '../text/json.ts'
import { reviewColumns, rowKeyIn } from './review-columns.ts'
import { type ItemChange, SheetStep } from './sheet-step.ts'

/** A row of the table. */
export interface SheetRow {
  item: Readonly<Record<string, Json>>
  /** Where it stands: `row 4`. */
  place: string
}

export interface SheetChanges {
  /** In the order in which their first rows came. */
  steps: { step: SheetStep; changes: ItemChange[] }[]
  /** Rows that show an answer. */
  rows: number
  /** What the table has besides, each as a sentence. */
  notes: string[]
}

/** Problems that are told at once. */
const mostProblems = 20

/** Throws RequestRefused with all that cannot be taken, RunFailed. */
export async function sheetChanges(store: Store, rows: AsyncIterable<SheetRow>): Promise<SheetChanges> {
  const reader = new SheetReader(store)
  try {
    for await (const row of rows) await reader.take(row)
    return reader.changes()
  } finally {
    await reader.close()
  }
}

class SheetReader {
  readonly #store: Store
  readonly #steps = new Map<string, { step: SheetStep; changes: ItemChange[] }>()
  /** Where the row of an answer stands. */
  readonly #places = new Map<string, string>()
  readonly #problems: string[] = []
  readonly #foreign: string[] = []
  readonly #notFields = new Set<string>()
  #rows = 0

  constructor(store: Store) {
    this.#store = store
  }

  async take({ item, place }: SheetRow): Promise<void> {
    const { [reviewColumns.key]: text, ...cells } = item
    if (text === undefined) throw new RequestRefused([noKeys])
    if (text === null || text === '') {
      if (Object.values(cells).some((cell) => cell !== null && cell !== '')) this.#foreign.push(place)
      return
    }
    const key = rowKeyIn(String(text))
    const problem =
      key === undefined
        ? `${reviewColumns.key} is ${shown(text)}, which names no answer`
        : this.#misplaced(String(key.root_id), cells)
    if (key === undefined || problem !== undefined) return this.#refuse(place, problem ?? '')
    const name = [key.pipeline, key.version, key.step].join('/')
    const before = this.#places.get(`${name}/${key.root_id}`)
    if (before !== undefined) return this.#refuse(place, `it is of item ${key.root_id}, as ${before} is`)
    this.#places.set(`${name}/${key.root_id}`, place)
    this.#rows += 1
    const known = this.#steps.get(name) ?? { step: await SheetStep.open(this.#store, key), changes: [] }
    this.#steps.set(name, known)
    const found = await known.step.changeOf(key, cells)
    for (const each of found.problems) this.#refuse(place, `item ${key.root_id}: ${each}`)
    for (const column of found.notFields) this.#notFields.add(column)
    if (found.change !== null) known.changes.push(found.change)
  }

  /** Rows of which only some columns were sorted. */
  #misplaced(root_id: string, { [reviewColumns.id]: id = null }: Readonly<Record<string, Json>>): string | undefined {
    const text = typeof id === 'string' ? id : JSON.stringify(id)
    const isSame =
      id === null || id === '' || text === root_id || (Number(text) === Number(root_id) && root_id.trim() !== '')
    return isSame
      ? undefined
      : `${reviewColumns.id} says ${text}, but ${reviewColumns.key} names item ${root_id}: the columns were sorted apart, or copied from another row`
  }

  #refuse(place: string, problem: string): void {
    this.#problems.push(`${place[0]!.toUpperCase()}${place.slice(1)}: ${problem}.`)
  }

  changes(): SheetChanges {
    const more = this.#problems.length - mostProblems
    if (more >= 0)
      throw new RequestRefused([...this.#problems.slice(0, mostProblems), ...(more > 0 ? [`And ${more} more.`] : [])])
    if (this.#problems.length > 0) throw new RequestRefused(this.#problems)
    return { steps: [...this.#steps.values()], rows: this.#rows, notes: this.#notes() }
  }

  #notes(): string[] {
    const [columns, rows] = [[...this.#notFields], this.#foreign]
    return [
      ...(columns.length > 0 ? [`Not taken, because the answers have no such field: ${columns.join(', ')}.`] : []),
      ...(rows.length > 0 ? [`Not taken, because ${reviewColumns.key} is empty there: ${rows.join(', ')}.`] : []),
    ]
  }

  async close(): Promise<void> {
    for (const { step } of this.#steps.values()) await step.close()
  }
}

const noKeys = `The table has no column ${reviewColumns.key}, so nothing says which answers its rows are. Expected a table that \`itemwise export <pipeline> --review --output answers.xlsx\` wrote, with all of its columns.`

function shown(value: Json): string {
  return JSON.stringify(value).slice(0, 80)
}
