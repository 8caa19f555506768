/** An item as one row: nested fields by their names joined with `__`, arrays as they are. */
import { isObject, type Json } from '../text/json.ts'

/** Columns and values of one item, in its own order. An empty object stays one; an item that is no object stands under `value`. */
export function flatFields(item: Json): [column: string, value: Json][] {
  if (!isObject(item)) return [['value', item]]
  return Object.entries(item).flatMap(([key, value]) => {
    if (!isObject(value) || Object.keys(value).length === 0) return [[key, value] as [string, Json]]
    return flatFields(value).map(([inner, one]) => [`${key}__${inner}`, one] as [string, Json])
  })
}
