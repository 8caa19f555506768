/** An item as one row: nested fields by their names joined with `__`, arrays as JSON. */
import { isObject, type Json, jsonText } from '../text/json.ts'

/** Columns and cells of one item, in its own order. A text is kept as it is, null becomes an empty cell, an empty object {}. */
export function flatFields(item: Json): [column: string, cell: string][] {
  if (!isObject(item)) return [['value', cell(item)]]
  return Object.entries(item).flatMap(([key, value]) => {
    if (!isObject(value) || Object.keys(value).length === 0) return [[key, cell(value)] as [string, string]]
    return flatFields(value).map(([inner, text]) => [`${key}__${inner}`, text] as [string, string])
  })
}

function cell(value: Json): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : jsonText(value)
}
