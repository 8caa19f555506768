/** Values of a schema that an answer cannot tell apart, because the API does not hold to the letter case of enum and const. */
import type { ResolvedStep } from '../documents.ts'
import { isObject, type Json } from '../text/json.ts'
import { type Schema, subschemas } from './schema-parts.ts'

/** Sentences, one a place, about allowed texts that differ only in letter case. */
export function spellingWarnings({ step, prompt_name, output_schema }: ResolvedStep): string[] {
  return placesOf(output_schema as Json, '#').map(
    ([place, values]) =>
      `Step ${step} (${prompt_name}): ${place} of its output_schema has values that differ only in letter case (${values.join(', ')}). The API does not hold to letter case, so an answer in a third spelling cannot be used. Give them names of their own.`,
  )
}

function placesOf(schema: Json, pointer: string): [string, string[]][] {
  if (!isObject(schema)) return []
  const alike = alikeOf(allowedBy(schema))
  return [
    ...(alike.length === 0 ? [] : [[pointer, alike] as [string, string[]]]),
    ...subschemas(schema, pointer).flatMap(([part, place]) => placesOf(part, place)),
  ]
}

/** The texts that one place may have: of its enum, or of the choices in its anyOf. */
function allowedBy(schema: Schema): string[] {
  const choices = Array.isArray(schema.anyOf) ? schema.anyOf.filter(isObject) : []
  const all = [schema, ...choices].flatMap((one) => [
    ...(Array.isArray(one.enum) ? one.enum : []),
    ...('const' in one ? [one.const as Json] : []),
  ])
  return [...new Set(all.filter((value) => typeof value === 'string'))]
}

function alikeOf(values: string[]): string[] {
  const groups = Map.groupBy(values, (value) => value.toLowerCase())
  return [...groups.values()].filter((group) => group.length > 1).flat()
}
