/** A schema of Zod as an interface with what its fields mean, for those who have no Zod, and for editors. */
import * as z from 'zod'

interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  anyOf?: Schema[]
  oneOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  items?: Schema | false
  prefixItems?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
}

/** By the names that the interfaces are to have; one may stand in another. `io`: as it is written, or as it is read. */
export function interfaceTexts(named: ReadonlyMap<string, z.ZodType>, io: 'input' | 'output'): Map<string, string> {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of named) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => id, unrepresentable: 'any', io })
  // What has an id of its own, but is none of these, stands apart.
  const apart = (schemas.__shared?.$defs ?? {}) as Record<string, Schema>
  return new Map(
    [...named.keys()].map((name) => {
      const schema = schemas[name] as Schema
      const body = typeText(schema, { apart, indent: '' })
      const isObject = schema.properties !== undefined
      return [name, isObject ? `export interface ${name} ${body}` : `export type ${name} = ${body}`]
    }),
  )
}

interface Writing {
  apart: Record<string, Schema>
  indent: string
}

function typeText(schema: Schema, writing: Writing): string {
  const { $ref, type, anyOf, oneOf, enum: values, items, prefixItems, properties, additionalProperties } = schema
  const other = $ref === undefined ? undefined : writing.apart[$ref.split('/').at(-1)!]
  if (other !== undefined) return typeText(other, writing)
  if ($ref !== undefined) return $ref
  if ('const' in schema) return literal(schema.const)
  if (values !== undefined) return values.map(literal).join(' | ')
  const either = anyOf ?? oneOf
  if (either !== undefined) return [...new Set(either.map((one) => typeText(one, writing)))].join(' | ')
  if (Array.isArray(type)) return type.map((one) => typeText({ ...schema, type: one }, writing)).join(' | ')
  if (type === 'integer') return 'number'
  if (prefixItems !== undefined) return `[${prefixItems.map((one) => typeText(one, writing)).join(', ')}]`
  if (type === 'array') return items ? `(${typeText(items, writing)})[]`.replace(/^\(([\w.]+)\)/, '$1') : 'unknown[]'
  if (properties !== undefined) return objectText(schema, writing)
  if (type === 'object')
    return typeof additionalProperties === 'object'
      ? `Record<string, ${typeText(additionalProperties, writing)}>`
      : `Record<string, ${additionalProperties === false ? 'never' : 'unknown'}>`
  return type ?? 'unknown'
}

function objectText({ properties = {}, required = [] }: Schema, writing: Writing): string {
  const { indent } = writing
  const inner = `${indent}    `
  const lines = Object.entries(properties).map(([name, field]) => {
    const isOptional = !required.includes(name)
    const type = typeText(field, { ...writing, indent: inner })
    const comment = field.description === undefined ? '' : `${inner}/** ${sentence(field.description)} */\n`
    return `${comment}${inner}${name}${isOptional ? '?' : ''}: ${type}${isOptional ? ' | undefined' : ''};\n`
  })
  return `{\n${lines.join('')}${indent}}`
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}

/** Braces and at signs mean something else in a comment of TSDoc. */
function sentence(text: string): string {
  return text.replaceAll(/[{}@]/g, '\\$&').replaceAll('*/', '*\\/')
}
