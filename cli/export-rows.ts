/** A collated array as CSV or JSON Lines, piece by piece. Numbers keep the digits of their source. */
import { stringify } from 'csv-stringify/sync'
import { RequestRefused } from '../core/errors.ts'
import { flatFields } from '../core/items/flat-fields.ts'
import { type Json, jsonText } from '../core/text/json.ts'

/** The items of an array from its beginning; called once for each pass. */
export type Items = () => AsyncIterable<Json>

/** One item a line. */
export async function* jsonLines(items: Items): AsyncGenerator<string> {
  for await (const item of items()) yield `${jsonText(item)}\n`
}

// Rows formatted at once: formatting one at a time is several times slower.
const rowsAtOnce = 500

/**
 * CSV with a header. Columns are all fields of all items, in the order in which they first appear; so the items are read twice.
 * Throws RequestRefused if two fields of an item would share a column.
 */
export async function* csv(items: Items): AsyncGenerator<string> {
  const columns = await allColumns(items)
  if (columns.length === 0) return
  yield stringify([columns])
  let rows: string[][] = []
  for await (const item of items()) {
    const cells = new Map(flatFields(item))
    rows.push(columns.map((column) => cells.get(column) ?? ''))
    if (rows.length < rowsAtOnce) continue
    yield stringify(rows)
    rows = []
  }
  if (rows.length > 0) yield stringify(rows)
}

async function allColumns(items: Items): Promise<string[]> {
  const columns = new Set<string>()
  let number = 0
  for await (const item of items()) {
    number += 1
    const own = flatFields(item).map(([column]) => column)
    const twice = own.find((column, at) => own.indexOf(column) !== at)
    if (twice !== undefined) throw twoFields(twice, number)
    for (const column of own) columns.add(column)
  }
  return [...columns]
}

function twoFields(column: string, number: number): RequestRefused {
  return new RequestRefused([
    `Item ${number} has two fields that would both be the column ${JSON.stringify(column)}: a nested one, and one whose name has __. Expected only one. Export it with --format jsonl.`,
  ])
}
