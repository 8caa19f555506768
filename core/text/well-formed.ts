/** Texts without half a surrogate pair: UTF-8 has no way to write one, and the API refuses a request that holds one. */
import { isObject, type Json } from './json.ts'

/** Whether every text in a JSON value, names included, is well-formed. */
export function isWellFormed(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (Array.isArray(value)) return value.every(isWellFormed)
  if (!isObject(value)) return true
  return Object.entries(value).every(([name, inner]) => name.isWellFormed() && isWellFormed(inner))
}

/** The value with U+FFFD in place of each half. */
export function wellFormed(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(wellFormed)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toWellFormed(), wellFormed(inner)]))
}

/** The complaint about a text that a person wrote; YAML and JSON can write such a half as "\\ud83d". */
export const halfAPair =
  'holds half of a surrogate pair, which cannot be sent. Write the whole character there, such as 😀.'
