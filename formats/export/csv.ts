/** Items as CSV, piece by piece. Numbers keep the digits of their source. */
import { stringify } from 'csv-stringify/sync'
import { flatFields } from '../../core/items/flat-fields.ts'
import type { Json } from '../../core/text/json.ts'
import { needsPrefix, prefixedColumn } from '../text/text-prefix.ts'
import { allColumns, cellText, type Items } from './columns.ts'

export interface CsvOptions {
  /** What stands between cells. Default: a comma. */
  separator?: string | undefined
  /** Begins with a byte order mark, without which Excel does not read UTF-8. */
  mark?: boolean
  /** Leaves texts that begin like a formula as they are. */
  raw?: boolean
  /** Told how many texts got an apostrophe before them. */
  onPrefixed?: ((count: number) => void) | undefined
}

// Rows formatted at once: formatting one at a time is several times slower.
const rowsAtOnce = 500

/**
 * CSV with a header. Columns are all fields of all items, so the items are read twice. A text that a spreadsheet program would take
 * for a formula gets an apostrophe before it, and the last column says how many there are in a row; numbers stay as they are.
 * Throws RequestRefused if two fields of an item would share a column.
 */
export async function* csv(items: Items, options: CsvOptions = {}): AsyncGenerator<string> {
  const { separator = ',', mark = false, raw = false, onPrefixed } = options
  let prefixed = 0
  const columns = await allColumns(items, (row) => {
    if (!raw) prefixed += row.filter(([, value]) => isPrefixed(value)).length
  })
  if (columns.length === 0) return
  const names = raw ? [] : columns.filter(needsPrefix)
  prefixed += names.length
  const isNoted = prefixed > 0
  const text = (rows: string[][]) => stringify(rows, { delimiter: separator, quoted_match: /,/ })
  yield `${mark ? '\uFEFF' : ''}${text([[...columns.map((name) => (raw ? name : safe(name))), ...(isNoted ? [prefixedColumn] : [])]])}`
  let rows: string[][] = []
  for await (const item of items()) {
    const values = new Map(flatFields(item))
    const cells = columns.map((column) => cellOf(values.get(column) ?? null, raw))
    const count = isNoted ? [...values.values()].filter(isPrefixed).length : 0
    rows.push(isNoted ? [...cells, count === 0 ? '' : String(count)] : cells)
    if (rows.length < rowsAtOnce) continue
    yield text(rows)
    rows = []
  }
  if (rows.length > 0) yield text(rows)
  if (isNoted) onPrefixed?.(prefixed)
}

function isPrefixed(value: Json): boolean {
  return typeof value === 'string' && needsPrefix(value)
}

function safe(text: string): string {
  return needsPrefix(text) ? `'${text}` : text
}

function cellOf(value: Json, raw: boolean): string {
  return !raw && typeof value === 'string' ? safe(value) : cellText(value)
}
