/** The columns of a table made of items. */
import { RequestRefused } from '../../core/errors.ts'
import { flatFields } from '../../core/items/flat-fields.ts'
import { isObject, type Json, jsonText } from '../../core/text/json.ts'

/** The items of an array from its beginning; called once for each pass. */
export type Items = () => AsyncIterable<Json>

/**
 * All fields of all items, in the order in which they first appear. `onRow` sees each item's values by column. Throws
 * RequestRefused if two fields of an item would share a column.
 */
export async function allColumns(items: Items, onRow?: (row: [string, Json][]) => void): Promise<string[]> {
  const columns = new Set<string>()
  let number = 0
  for await (const item of items()) {
    number += 1
    const row = flatFields(item)
    const own = new Set<string>()
    for (const [column] of row) {
      if (own.has(column)) throw twoFields(column, number)
      own.add(column)
      columns.add(column)
    }
    onRow?.(row)
  }
  return [...columns]
}

/** A cell as text: a text as it is, null is empty, anything else JSON. */
export function cellText(value: Json): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : jsonText(value)
}

/** An item's own fields, which may be nested; an item that is no object stands under `value`. */
export function ownFields(item: Json): { [key: string]: Json } {
  return isObject(item) ? item : { value: item }
}

function twoFields(column: string, number: number): RequestRefused {
  return new RequestRefused([
    `Item ${number} has two fields that would both be the column ${JSON.stringify(column)}: a nested one, and one whose name has __. Expected only one. Export it with --format jsonl.`,
  ])
}
