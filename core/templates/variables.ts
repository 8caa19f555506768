/** Which variables an item offers to a template: its fields, nested ones flattened with `__`. */
import { inlineJson, isObject, type Json } from '../text/json.ts'

/** Raised if one name would mean two fields: a key `a__b` beside a nested `a.b`. */
export class NameClash extends Error {
  override readonly name = 'NameClash'
}

/**
 * Flattens an item. Nested objects stay available as a whole too: `{a}` is the object as JSON, `{a__b}` its field.
 * Throws NameClash.
 */
export function variablesOf(item: Json): Map<string, Json> {
  const found = new Map<string, Json>()
  if (isObject(item)) addFields(found, '', item)
  return found
}

function addFields(found: Map<string, Json>, prefix: string, fields: { [key: string]: Json }): void {
  for (const [key, value] of Object.entries(fields)) {
    const name = prefix + key
    if (found.has(name)) throw new NameClash(`{${name}} could be two fields: the key ${name} and a nested one`)
    found.set(name, value)
    if (isObject(value)) addFields(found, `${name}__`, value)
  }
}

/** A value as it appears in a prompt: text as it is, anything else as JSON on one line. */
export function variableText(value: Json): string {
  return typeof value === 'string' ? value : inlineJson(value)
}
