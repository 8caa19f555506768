/** How many items each choice of a filter would take, while the rest of the filter holds. */
import type { Json } from '../text/json.ts'
import { changeCodes } from './changed-column.ts'
import { keyedValue } from './field-column.ts'
import type { OddRows } from './odd-rows.ts'
import {
  type ChangeChoice,
  changes,
  type ReviewChoice,
  type RowFilter,
  type RowQuery,
  reviewChoices,
} from './row-filter.ts'
import type { StepRows } from './step-rows.ts'
import type { WordColumn } from './word-column.ts'

export type Counts = Record<string, number>

export interface FieldCounts {
  field: string
  /** The most frequent first. */
  values: { value: Json; count: number }[]
  /** Items with other values: too many of them, or too long ones. */
  others: number
}

export interface Facets {
  /** Items of the step. */
  items: number
  /** Those that the whole filter takes. */
  total: number
  review: Record<ReviewChoice, number>
  state: Counts
  decision: Counts
  /** By the kind of the failure. */
  failed: Counts
  /** Null without another version. */
  change: Record<ChangeChoice, number> | null
  /** What is odd, the most telling first; null if it is not asked for. */
  oddities: OddityCount[] | null
  fields: FieldCounts[]
}

export interface OddityCount extends Pick<OddRows, 'kind' | 'field'> {
  count: number
}

/** What takes a look at all answers to count. */
export interface Wanted {
  /** Paths of fields whose values are counted. */
  fields: readonly string[]
  oddities: boolean
}

/** Values of a field that are told. */
const mostValues = 50

type Narrowing = Pick<RowQuery, 'filter' | 'against'>

/** Throws RequestRefused for a version that cannot be compared. */
export async function facetsOf(rows: StepRows, query: Narrowing, { fields, oddities }: Wanted): Promise<Facets> {
  const { table } = rows
  const all = await rows.taken(query)
  // Most parts of a filter are not set: then the rest of it is all of it.
  const without = async (part: keyof RowFilter) => (query.filter[part] === undefined ? all : rows.taken(query, part))
  return {
    items: table.length,
    total: all.reduce((sum, one) => sum + one, 0),
    review: await reviewCounts(rows, await without('review')),
    state: counted(table.state, await without('state')),
    decision: counted(table.decision, await without('decision')),
    failed: counted(table.failure, await without('failed')),
    change:
      query.against === null ? null : changeCounts((await rows.changes(query.against)).codes, await without('change')),
    oddities: oddities ? oddityCounts(await rows.oddities(), await without('odd')) : null,
    fields: await Promise.all(
      fields.map(async (field) =>
        fieldCounts(rows, field, query.filter.field?.path === field ? await without('field') : all),
      ),
    ),
  }
}

/** Empty words do not count. */
function counted(column: WordColumn, taken: Uint8Array): Counts {
  const counts = new Array<number>(column.words.length).fill(0)
  for (let row = 0; row < taken.length; row++) if (taken[row] === 1) counts[column.code(row)]! += 1
  return Object.fromEntries(
    column.words.map((word, code) => [word, counts[code]!] as const).filter(([word]) => word !== ''),
  )
}

async function reviewCounts(rows: StepRows, taken: Uint8Array): Promise<Record<ReviewChoice, number>> {
  const reviews = await rows.reviews()
  const none = Object.fromEntries(reviewChoices.map((choice) => [choice, 0])) as Record<ReviewChoice, number>
  const stale = reviews.staleRows.filter((row) => taken[row] === 1).length
  return { ...none, ...counted(reviews.states, taken), stale }
}

function oddityCounts(found: readonly OddRows[], taken: Uint8Array): OddityCount[] {
  return found.map(({ kind, field, rows }) => ({
    kind,
    ...(field !== undefined && { field }),
    count: rows.reduce((sum, row) => sum + taken[row]!, 0),
  }))
}

function changeCounts(column: Uint8Array, taken: Uint8Array): Record<ChangeChoice, number> {
  const counts = new Array<number>(changes.length + 1).fill(0)
  for (let row = 0; row < taken.length; row++) if (taken[row] === 1) counts[column[row]!]! += 1
  const { same, changed, added } = changeCodes
  return { changed: counts[changed]!, added: counts[added]!, same: counts[same]! }
}

async function fieldCounts(rows: StepRows, field: string, taken: Uint8Array): Promise<FieldCounts> {
  const column = await rows.field(field)
  const counts = new Map<number | string, number>()
  let all = 0
  for (let row = 0; row < taken.length; row++) {
    const key = column[row]
    if (taken[row] !== 1 || key === undefined) continue
    all += 1
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const values = [...counts]
    .sort(([, a], [, b]) => b - a)
    .flatMap(([key, count]) => {
      const value = keyedValue(key)
      return value === undefined ? [] : [{ value, count }]
    })
    .slice(0, mostValues)
  return { field, values, others: all - values.reduce((sum, { count }) => sum + count, 0) }
}
