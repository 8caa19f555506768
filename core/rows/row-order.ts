/** Puts rows in order. Rows that are equal stay in the order of the input. */
import { compareKeys, type FieldKey } from './field-column.ts'
import type { ReviewColumn } from './review-column.ts'
import type { RowSort } from './row-filter.ts'
import type { StepTable } from './step-table.ts'

interface Ordering {
  table: StepTable
  sort: RowSort
  reviews: ReviewColumn
  /** The values of the field by which it is sorted. */
  field: readonly FieldKey[] | null
}

/** What there is to do first. */
const reviewRanks = ['flagged', 'unreviewed', 'edited', 'approved', 'none']

/** `rows` ascend; they are sorted in place. What has no value comes last, in both directions. */
export function sortedRows(rows: Uint32Array, { table, sort, reviews, field }: Ordering): Uint32Array {
  const { by, isDescending } = sort
  if (by === 'input') return isDescending ? rows.reverse() : rows
  const compare = comparison()
  return rows.sort((a, b) => compare(a, b) || a - b)

  function comparison(): (a: number, b: number) => number {
    if (by === 'id') return signed((a, b) => compareIds(table.itemIds[a]!, table.itemIds[b]!))
    if (by === 'review') return signed((a, b) => rank(a) - rank(b))
    if (typeof by === 'object') return byKey(field ?? [], isDescending)
    if (by === 'cost') return byNumber((row) => table.cost.at(row), isDescending)
    if (by === 'tokens') return byNumber((row) => table.tokens.at(row), isDescending)
    if (by === 'time') return byNumber((row) => table.milliseconds.at(row), isDescending)
    return byNumber((row) => lengthOf(table, row), isDescending)
  }

  function rank(row: number): number {
    return reviewRanks.indexOf(reviews.stateAt(row))
  }

  function signed(compare: (a: number, b: number) => number): (a: number, b: number) => number {
    return isDescending ? (a, b) => compare(b, a) : compare
  }
}

function lengthOf(table: StepTable, row: number): number {
  const range = table.answerAt(row)
  return range === null ? Number.NaN : range[1] - range[0]
}

function byNumber(valueAt: (row: number) => number, isDescending: boolean): (a: number, b: number) => number {
  return (a, b) => {
    const [left, right] = [valueAt(a), valueAt(b)]
    if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right))
    return isDescending ? right - left : left - right
  }
}

function byKey(keys: readonly FieldKey[], isDescending: boolean): (a: number, b: number) => number {
  return (a, b) => {
    const [left, right] = [keys[a], keys[b]]
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined)
    return isDescending ? compareKeys(right, left) : compareKeys(left, right)
  }
}

/** Whole numbers by size, before all others. */
function compareIds(a: string, b: string): number {
  const [left, right] = [isWhole(a), isWhole(b)]
  if (left !== right) return left ? -1 : 1
  if (left && a.length !== b.length) return a.length - b.length
  return a < b ? -1 : Number(a > b)
}

function isWhole(id: string): boolean {
  return /^(0|[1-9]\d*)$/.test(id)
}
