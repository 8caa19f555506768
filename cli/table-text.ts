/** A page of a table, as wide as the terminal. */
import { inlineJson, isExactNumber, type Json } from '../core/text/json.ts'
import { cutTo, textWidth } from './columns.ts'
import { printable } from './printable.ts'
import { textTable } from './text-table.ts'

const gap = 2
/** A column that is narrower says nothing. */
const narrowest = 6

/** A row: the id of the root item, and the values of the columns. */
export interface Row {
  id: string
  key: Json | undefined
  values: (Json | undefined)[]
}

export interface TablePage {
  columns: readonly string[]
  rows: readonly Row[]
  width: number
}

/** The widest columns are cut first. Columns that do not fit at all are left out, and that is said. */
export function tableText({ columns, rows, width }: TablePage): string {
  const cells = [['item', ...columns], ...rows.map(({ id, values }) => [id, ...values.map(cellText)])].map((row) =>
    row.map((cell) => printable(cell).replaceAll(/\s+/g, ' ').trim()),
  )
  const fitting = Math.max(2, Math.min(columns.length + 1, Math.floor((width + gap) / (narrowest + gap))))
  const natural = Array.from({ length: fitting }, (_, at) => Math.max(...cells.map((row) => textWidth(row[at] ?? ''))))
  const widths = shrunk(natural, width - gap * (fitting - 1))
  const lines = textTable(
    cells.map((row) => widths.map((most, at) => cutTo(row[at] ?? '', most))),
    widths.flatMap((_, at) => (isNumeric(rows, at - 1) ? [] : [at])),
  )
  const left = columns.length + 1 - fitting
  const note =
    left > 0
      ? [`and ${left} column${left === 1 ? '' : 's'} more, for which the terminal is too narrow (--columns)`]
      : []
  return `${[...lines, ...note].join('\n')}\n`
}

/** The widths, of which the widest are cut until all fit. */
function shrunk(natural: readonly number[], width: number): number[] {
  const sum = (most: number) => natural.reduce((all, one) => all + Math.min(one, most), 0)
  let most = Math.max(0, ...natural)
  while (most > narrowest && sum(most) > width) most -= 1
  return natural.map((one) => Math.min(one, most))
}

function isNumeric(rows: readonly Row[], column: number): boolean {
  if (column < 0) return false
  const values = rows.map(({ values }) => values[column]).filter((value) => value != null)
  return values.length > 0 && values.every((value) => typeof value === 'number' || isExactNumber(value))
}

function cellText(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : inlineJson(value)
}

/** Numbers by size, before texts; what is missing comes last in either order. */
export function compareCells(a: Json | undefined, b: Json | undefined, isDescending: boolean): number {
  if (a === undefined || a === null || b === undefined || b === null) return Number(a == null) - Number(b == null)
  const [one, other] = [numberIn(a), numberIn(b)]
  const order =
    one !== undefined && other !== undefined
      ? one - other
      : one !== undefined || other !== undefined
        ? Number(one === undefined) - Number(other === undefined)
        : cellText(a).localeCompare(cellText(b), 'en', { numeric: true })
  return isDescending ? -order : order
}

function numberIn(value: Json): number | undefined {
  if (typeof value === 'number') return value
  return isExactNumber(value) ? Number(value.rawJSON) : undefined
}
