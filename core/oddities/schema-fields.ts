/** What a JSON Schema says of the fields of an answer, as far as it decides what is odd there. */
import { isObject, type Json, jsonText } from '../text/json.ts'
import { valueAt } from '../text/json-pointer.ts'

export interface SchemaField {
  /** The values that the field may have, if the schema lists them; without null. */
  values: Json[] | null
  /** Whether null is a value that was asked for. */
  mayBeNull: boolean
}

/** A schema may refer to itself. */
const deepest = 12

/** By the field's path: `level`, `author.name`, `tags[]`. */
export function schemaFields(schema: Json): Map<string, SchemaField> {
  const fields = new Map<string, SchemaField>()
  gather(fields, { root: schema, part: schema, path: '', depth: 0 })
  return fields
}

interface Place {
  root: Json
  part: Json
  path: string
  depth: number
}

function gather(fields: Map<string, SchemaField>, place: Place): void {
  const { root, part, path, depth } = place
  if (!isObject(part) || depth > deepest) return
  const deeper = (inner: Json, at = path) => gather(fields, { root, part: inner, path: at, depth: depth + 1 })
  if (typeof part.$ref === 'string') deeper(valueAt(root, part.$ref.replace(/^#/, '')) ?? null)
  for (const group of [part.anyOf, part.oneOf, part.allOf])
    if (Array.isArray(group)) for (const one of group) deeper(one)
  if (isObject(part.properties))
    for (const [name, inner] of Object.entries(part.properties)) deeper(inner, path === '' ? name : `${path}.${name}`)
  if (part.items !== undefined) deeper(part.items, `${path}[]`)
  note(fields, path, part)
}

function note(fields: Map<string, SchemaField>, path: string, part: { [key: string]: Json }): void {
  const listed = part.const === undefined ? part.enum : [part.const]
  const types = Array.isArray(part.type) ? part.type : [part.type]
  const before = fields.get(path)
  const values = Array.isArray(listed) ? listed.filter((value) => value !== null) : null
  fields.set(path, {
    values: values === null ? (before?.values ?? null) : [...(before?.values ?? []), ...values],
    mayBeNull: before?.mayBeNull || types.includes('null') || (Array.isArray(listed) && listed.includes(null)),
  })
}

/** How a value is told apart from others. */
export function valueKey(value: Json): string {
  return jsonText(value)
}
