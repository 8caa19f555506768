/** The rules of structured outputs, written down a second time: the server does not trust core/answers/schema-lint.ts. */
import { badRequest } from './refusal.ts'

type Schema = Record<string, unknown>

const keywords =
  /^(type|properties|required|additionalProperties|items|enum|const|anyOf|allOf|\$ref|\$defs|format|pattern|minItems|title|description|default)$/
const formats = /^(date-time|time|date|duration|email|hostname|uri|ipv4|ipv6|uuid)$/

/** Throws a Refusal for the first thing in a schema that the API would not compile. */
export function checkSchema(root: unknown): void {
  if (!isSchema(root) || (root.type !== 'object' && root.$ref === undefined))
    throw refuse('the root must be an object schema')
  const count = { optional: 0, unions: 0 }
  check(root, { root, count, path: [] })
  if (count.optional > 24) throw refuse('Schema is too complex for compilation: more than 24 optional parameters')
  if (count.unions > 16) throw refuse('Schema is too complex for compilation: more than 16 parameters with union types')
}

interface Walk {
  root: Schema
  count: { optional: number; unions: number }
  /** Schemas that contain this one, over references too. */
  path: Schema[]
}

function check(schema: unknown, walk: Walk): void {
  if (!isSchema(schema)) throw refuse('every schema must be an object')
  if (walk.path.includes(schema)) throw refuse('Recursive schemas are not supported')
  const inner = { ...walk, path: [...walk.path, schema] }
  for (const key of Object.keys(schema))
    if (!keywords.test(key)) throw refuse(`For '${schema.type ?? 'any'}' type, property '${key}' is not supported`)
  if (schema.format !== undefined && !formats.test(String(schema.format)))
    throw refuse(`format '${schema.format}' is not supported`)
  if (typeof schema.pattern === 'string' && /\(\?[=!<]|\\[1-9bB]/.test(schema.pattern))
    throw refuse('pattern is not supported')
  if (schema.minItems !== undefined && schema.minItems !== 0 && schema.minItems !== 1)
    throw refuse("For 'array' type, 'minItems' values other than 0 or 1 are not supported")
  if (Array.isArray(schema.type) || schema.anyOf !== undefined) walk.count.unions++
  if ([schema.type].flat().includes('object') || schema.properties !== undefined) checkObject(schema, walk)
  if (schema.$ref !== undefined) check(target(schema.$ref, walk.root), { ...inner, count: { optional: 0, unions: 0 } })
  for (const group of [schema.properties, schema.$defs])
    for (const part of Object.values(group ?? {})) check(part, inner)
  for (const group of [schema.anyOf, schema.allOf]) for (const part of (group as unknown[]) ?? []) check(part, inner)
  if (schema.items !== undefined) check(schema.items, inner)
}

function checkObject(schema: Schema, walk: Walk): void {
  if (schema.additionalProperties !== false)
    throw refuse("For 'object' type, 'additionalProperties' must be explicitly set to false")
  const required = (schema.required as string[]) ?? []
  walk.count.optional += Object.keys(schema.properties ?? {}).filter((name) => !required.includes(name)).length
}

function target(reference: unknown, root: Schema): unknown {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) throw refuse(`$ref '${reference}' is not supported`)
  let place: unknown = root
  for (const key of reference.split('/').slice(1)) place = (place as Schema | undefined)?.[key]
  if (place === undefined) throw refuse(`$ref '${reference}' cannot be resolved`)
  return place
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(message: string) {
  return badRequest(`output_config.format.schema: ${message}`)
}
