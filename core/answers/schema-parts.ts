/** How a JSON Schema is put together: its parts and their JSON pointers. */
import { isObject, type Json } from '../text/json.ts'
import { valueAt } from '../text/json-pointer.ts'

export type Schema = { [key: string]: Json }

/** The schemas directly inside a schema, each with its JSON pointer. */
export function subschemas(schema: Schema, pointer: string): [Json, string][] {
  const named = ['properties', '$defs'].flatMap((key) => {
    const group = schema[key]
    return isObject(group)
      ? Object.entries(group).map(([name, part]): [Json, string] => [part, `${pointer}/${key}/${pointerPart(name)}`])
      : []
  })
  const listed = ['anyOf', 'allOf'].flatMap((key) => {
    const group = schema[key]
    return Array.isArray(group) ? group.map((part, at): [Json, string] => [part, `${pointer}/${key}/${at}`]) : []
  })
  return [
    ...named,
    ...listed,
    ...(schema.items === undefined ? [] : [[schema.items, `${pointer}/items`] as [Json, string]]),
  ]
}

/** Whether a local reference (`#/$defs/a`) leads to something. */
export function existsAt(root: Json, reference: string): boolean {
  if (!/^#(\/|$)/.test(reference)) return false
  return valueAt(root, reference.slice(1).split('/').map(decoded).join('/')) !== undefined
}

// In a $ref a pointer is percent-encoded; one that is not well-formed is taken as it stands.
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** A key as it stands in a JSON pointer. */
export function pointerPart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
