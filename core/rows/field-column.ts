/** The values of one field in all answers of a step, as keys that can be compared, counted and ordered. */
import type { Store } from '../store.ts'
import { isObject, type Json, jsonText } from '../text/json.ts'
import { textHash } from '../text/text-hash.ts'
import { jsonIn } from '../versions/item-id.ts'
import { rowAnswers } from './answer-runs.ts'
import type { StepTable } from './step-table.ts'

/** A number as it is, anything else as JSON text; of a long one its beginning and a hash. Undefined: no such field. */
export type FieldKey = number | string | undefined

/** A longer value is no longer told whole. */
const longestKey = 100

/** By row. `path`: `level`, or `author.name`. */
export async function fieldColumn(store: Store, table: StepTable, path: string): Promise<FieldKey[]> {
  const column: FieldKey[] = new Array(table.length).fill(undefined)
  // Most fields have few values: each is held once.
  const known = new Map<string, string>()
  for await (const { row, answer } of rowAnswers(store, table)) {
    const value = fieldIn(table.isText ? answer : jsonIn(answer), path)
    const key = value === undefined ? undefined : keyOf(value)
    column[row] = typeof key === 'string' ? (known.get(key) ?? remembered(known, key)) : key
  }
  return column
}

const mostRemembered = 10_000

function remembered(known: Map<string, string>, key: string): string {
  if (known.size < mostRemembered) known.set(key, key)
  return key
}

/** The value at a path; a field of exactly this name comes first. Undefined if there is none. */
export function fieldIn(answer: Json | undefined, path: string): Json | undefined {
  if (!isObject(answer)) return undefined
  if (Object.hasOwn(answer, path)) return answer[path]
  const dot = path.indexOf('.')
  const first = path.slice(0, dot)
  return dot > 0 && Object.hasOwn(answer, first) ? fieldIn(answer[first], path.slice(dot + 1)) : undefined
}

export function keyOf(value: Json): number | string {
  if (typeof value === 'number') return value
  const text = jsonText(value)
  return text.length <= longestKey ? text : `${text.slice(0, longestKey)}…${textHash(text).join(' ')}`
}

/** The value that a key stands for; undefined if it is only a part of it. */
export function keyedValue(key: number | string): Json | undefined {
  return typeof key === 'number' ? key : key.length > longestKey ? undefined : jsonIn(key)
}

/** Numbers by size, then texts by their letters, then what is missing. */
export function compareKeys(a: FieldKey, b: FieldKey): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [first, second] = [rank(a), rank(b)]
  if (first !== second) return first - second
  const [left, right] = [String(a).toLowerCase(), String(b).toLowerCase()]
  return left < right ? -1 : Number(left > right)
}

function rank(key: FieldKey): number {
  if (key === undefined || key === 'null') return 2
  return typeof key === 'number' ? 0 : 1
}
