/** The items of one step as rows: which of them a filter takes, in which order, and how many a filter would take. */
import { RequestRefused } from '../errors.ts'
import { inputHashes } from '../reviews/input-hashes.ts'
import type { KnownActs } from '../reviews/known-acts.ts'
import type { Acts } from '../reviews/reviewed-state.ts'
import { oneOffs, type Store, type VersionRef } from '../store.ts'
import { Turns } from '../text/turns.ts'
import { readRun } from '../versions/version-documents.ts'
import { type Changed, changeCodes, changedColumn } from './changed-column.ts'
import { type FieldKey, fieldColumn, keyOf } from './field-column.ts'
import { rowsWithText } from './find-text.ts'
import { LatestUsed } from './latest-used.ts'
import { type OddRows, oddKey, oddRows } from './odd-rows.ts'
import { ReviewColumn, type Said } from './review-column.ts'
import type { RowFilter, RowQuery } from './row-filter.ts'
import { sortedRows } from './row-order.ts'
import type { StepTable } from './step-table.ts'

const nothing: ReadonlyMap<string, string> = new Map()

/** Masks, columns of fields and orders that are held: 1 to 20 bytes an item each. */
const mostHeld = 6

export class StepRows {
  readonly table: StepTable
  readonly #store: Store
  readonly #acts: KnownActs
  readonly #texts = new LatestUsed<Uint8Array>(mostHeld)
  readonly #fields = new LatestUsed<FieldKey[]>(mostHeld)
  readonly #changes = new LatestUsed<Changed>(mostHeld)
  readonly #orders = new LatestUsed<Uint32Array>(mostHeld)
  readonly #inputHashes = new LatestUsed<ReadonlyMap<string, string>>(1)
  readonly #turns = new Turns()
  #reviews: ReviewColumn | undefined
  #odd: Promise<OddRows[]> | undefined

  constructor(store: Store, { table, acts }: { table: StepTable; acts: KnownActs }) {
    this.#store = store
    this.table = table
    this.#acts = acts
  }

  /** How each answer is reviewed, as of now. */
  async reviews(): Promise<ReviewColumn> {
    const { pipeline } = this.table.place.ref
    const acts = pipeline === oneOffs ? null : await this.#acts.of(pipeline)
    const said = { acts, inputs: acts === null ? nothing : await this.#inputs(acts) }
    // Two at once would look at everything twice.
    return this.#turns.take('reviews', () => this.#reviewsAfter(said))
  }

  async #reviewsAfter(said: Said): Promise<ReviewColumn> {
    const before = this.#reviews
    if (before !== undefined && (await before.follow(said))) return before
    this.#reviews = await ReviewColumn.read(this.#store, this.table, { said, stamp: (before?.stamp ?? 0) + 1 })
    return this.#reviews
  }

  /** What edited items are made from today. A file is read again if other items are edited, or if its size is another one. */
  async #inputs(acts: Acts): Promise<ReadonlyMap<string, string>> {
    const { ref, step } = this.table.place
    const lines = acts.edited(step)
    if (lines.length === 0) return nothing
    const input = (await readRun(this.#store, ref)).steps[step - 1]?.input
    const size = input?.from === 'file' ? await this.#store.size(input.resolved) : null
    const key = JSON.stringify([size, lines.map(({ root_id }) => root_id)])
    return this.#inputHashes.get(key, () => inputHashes(this.#store, ref, { step, lines }))
  }

  /** The rows that the filter takes, in their order. Throws RequestRefused for a version that cannot be compared. */
  async order(query: RowQuery): Promise<Uint32Array> {
    const reviews = await this.reviews()
    const usesReviews = query.filter.review !== undefined || query.sort.by === 'review'
    const key = JSON.stringify([query, usesReviews ? reviews.stamp : null])
    return this.#orders.get(key, async () => {
      const taken = await this.taken(query)
      const rows = new Uint32Array(taken.reduce((sum, one) => sum + one, 0))
      let at = 0
      for (let row = 0; row < taken.length; row++) if (taken[row] === 1) rows[at++] = row
      const { by } = query.sort
      const field = typeof by === 'object' ? await this.field(by.field) : null
      return sortedRows(rows, { table: this.table, sort: query.sort, reviews, field })
    })
  }

  /** 1 for each row that the filter takes; `but`: as if this part of it were not there. */
  async taken({ filter, against }: Pick<RowQuery, 'filter' | 'against'>, but?: keyof RowFilter): Promise<Uint8Array> {
    const taken = new Uint8Array(this.table.length).fill(1)
    for (const part of Object.keys(filter) as (keyof RowFilter)[]) {
      if (part === but || filter[part] === undefined) continue
      const takes = await this.#test(part, { filter, against })
      for (let row = 0; row < taken.length; row++) if (taken[row] === 1 && !takes(row)) taken[row] = 0
    }
    return taken
  }

  async #test(
    part: keyof RowFilter,
    { filter, against }: Pick<RowQuery, 'filter' | 'against'>,
  ): Promise<(row: number) => boolean> {
    const { table } = this
    const { review, state, decision, failed, odd, change, field, text } = filter
    if (part === 'review') {
      const reviews = await this.reviews()
      return (row) => (review === 'stale' ? reviews.isStale(row) : reviews.stateAt(row) === review)
    }
    if (part === 'state') return (row) => table.state.at(row) === state
    if (part === 'decision') return (row) => table.decision.at(row) === decision
    if (part === 'failed') return (row) => table.failure.at(row) === failed
    if (part === 'odd') {
      const key = oddKey(odd!)
      const rows = new Set((await this.oddities()).find((one) => oddKey(one) === key)?.rows)
      return (row) => rows.has(row)
    }
    if (part === 'text') {
      const found = await this.#texts.get(text!, () => rowsWithText(this.#store, table, text!))
      return (row) => found[row] === 1
    }
    if (part === 'field') {
      const [column, keys] = [await this.field(field!.path), new Set<FieldKey>(field!.values.map(keyOf))]
      return (row) => keys.has(column[row]) && column[row] !== undefined
    }
    const { codes } = await this.changes(against)
    const code = changeCodes[change!]
    return (row) => codes[row] === code
  }

  /** What is odd, and which rows. Read once: the answers do not change. */
  oddities(): Promise<OddRows[]> {
    this.#odd ??= oddRows(this.#store, this.table).catch((error) => {
      this.#odd = undefined
      throw error
    })
    return this.#odd
  }

  field(path: string): Promise<FieldKey[]> {
    return this.#fields.get(path, () => fieldColumn(this.#store, this.table, path))
  }

  /** How the answers differ from those of another version. Throws RequestRefused. */
  changes(against: VersionRef | null): Promise<Changed> {
    if (against === null)
      throw new RequestRefused([
        'A change is asked for, but not against which version. Expected against=v3, or another.',
      ])
    return this.#changes.get(against.version, () => changedColumn(this.#store, this.table, against))
  }
}
