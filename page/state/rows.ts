/** The items that a filter takes, in its order: fetched a page at a time as they come into view, and forgotten when they are far away. */
import { signal } from '@preact/signals'
import { call, type Query, type Refused } from '../api/call.ts'
import type { Position, Row, RowPage } from '../api/shapes.ts'
import { refusal } from './resource.ts'

/** A step of a version. */
export interface StepRef {
  pipeline: string
  version: string
  step: number
}

const pageSize = 100
/** Pages that are fetched at once: whoever scrolls past ten thousand rows does not wait for them. */
const mostAtOnce = 2
/** Pages that are kept: 6,000 rows, some MB. */
const mostPages = 60

export function pathOf({ pipeline, version, step }: StepRef): (string | number)[] {
  return ['pipelines', pipeline, 'versions', version, 'steps', step]
}

export class Rows {
  readonly ref: StepRef
  readonly query: Query
  /** How many the filter takes; null until it is known. */
  readonly total = signal<number | null>(null)
  readonly refused = signal<Refused | null>(null)
  /** Those at the beginning; none until they have come. */
  readonly first = signal<readonly Row[]>([])
  /** Goes up with each page that comes. */
  readonly #came = signal(0)
  readonly #pages = new Map<number, readonly Row[]>()
  readonly #under = new Map<number, Promise<void>>()
  #inView: readonly [from: number, to: number] = [0, 0]
  /** Where the table is scrolled to. */
  top = 0
  /** The row that the keys work on. */
  active = 0

  constructor(ref: StepRef, query: Query) {
    this.ref = ref
    this.query = query
  }

  /** The row at an index, if it is there. Components that ask are drawn again when more come. */
  at(index: number): Row | undefined {
    this.#came.value
    return this.#pages.get(Math.floor(index / pageSize))?.[index % pageSize]
  }

  /** The rows that are there, with their indexes. */
  *loaded(): Generator<[number, Row]> {
    this.#came.value
    for (const [page, rows] of this.#pages) for (const [at, row] of rows.entries()) yield [page * pageSize + at, row]
  }

  indexOf(rootId: string): number | undefined {
    for (const [index, row] of this.loaded()) if (row.root_id === rootId) return index
    return undefined
  }

  /** Sees to it that these rows come. */
  async want(from: number, to: number): Promise<void> {
    await Promise.all(this.#missing(from, to).map((page) => this.#fetchOnce(page)))
  }

  /** These rows are looked at: they come, unless others come into view before their turn. */
  view(from: number, to: number): void {
    this.#inView = [from, to]
    for (const page of this.#missing(from, to)) {
      if (this.#under.has(page)) continue
      if (this.#under.size >= mostAtOnce) return
      void this.#fetchOnce(page).then(() => {
        if (this.refused.peek() === null) this.view(...this.#inView)
      })
    }
  }

  #missing(from: number, to: number): number[] {
    const missing: number[] = []
    const last = Math.min(to, this.total.peek() ?? to)
    for (let page = Math.max(0, Math.floor(from / pageSize)); page * pageSize <= last; page += 1) {
      const rows = this.#pages.get(page)
      // What was asked for last is forgotten last.
      this.#pages.delete(page)
      if (rows === undefined) missing.push(page)
      else this.#pages.set(page, rows)
    }
    return missing
  }

  /** The row at an index, once it is there. */
  async row(index: number): Promise<Row | undefined> {
    await this.want(index, index)
    return this.at(index)
  }

  /** Where an item stands, and which unreviewed ones are before and behind it. */
  position(rootId: string, signal?: AbortSignal): Promise<Position> {
    return call('GET', [...pathOf(this.ref), 'position'], {
      query: { ...this.query, root_id: rootId },
      ...(signal && { signal }),
    })
  }

  #fetchOnce(page: number): Promise<void> {
    const under = this.#under.get(page) ?? this.#fetch(page).finally(() => this.#under.delete(page))
    this.#under.set(page, under)
    return under
  }

  async #fetch(page: number): Promise<void> {
    try {
      this.#keep(page, await this.#rowsOf(page))
      this.refused.value = null
    } catch (error) {
      this.refused.value = refusal(error)
    }
  }

  /** A page of long answers comes in several parts. */
  async #rowsOf(page: number): Promise<Row[]> {
    const rows: Row[] = []
    for (;;) {
      const query = { ...this.query, from: page * pageSize + rows.length, limit: pageSize - rows.length }
      const part = await call<RowPage>('GET', [...pathOf(this.ref), 'rows'], { query })
      this.total.value = part.total
      rows.push(...part.rows)
      const isWhole = rows.length === pageSize || page * pageSize + rows.length >= part.total
      if (isWhole || part.rows.length === 0) return rows
    }
  }

  #keep(page: number, rows: readonly Row[]): void {
    this.#pages.set(page, rows)
    if (page === 0 && this.first.peek().length === 0) this.first.value = rows
    const [oldest] = this.#pages.keys()
    if (this.#pages.size > mostPages && oldest !== undefined) this.#pages.delete(oldest)
    this.#came.value += 1
  }
}

const kept = new Map<string, Rows>()
/** Goes up when all come anew. */
const forgotten = signal(0)

/** The same rows as before, so that somebody who comes back finds them as they were. Components that ask are drawn again when they are forgotten. */
export function rowsOf(ref: StepRef, query: Query): Rows {
  forgotten.value
  const key = JSON.stringify([ref.pipeline, ref.version, ref.step, query])
  const rows = kept.get(key) ?? new Rows(ref, query)
  kept.delete(key)
  kept.set(key, rows)
  const [oldest] = kept.keys()
  if (kept.size > 4 && oldest !== undefined) kept.delete(oldest)
  return rows
}

/** After a review by somebody else, or a new filter over what was reviewed: all rows are fetched again, and the table stays where it is. */
export function forgetRows(): void {
  for (const [key, { ref, query, top, active }] of kept)
    kept.set(key, Object.assign(new Rows(ref, query), { top, active }))
  forgotten.value += 1
}
