/** Says what in an answer does not meet the schema of its step, while it is typed. The server checks it again, and its word counts. */
import { type Schema, Validator } from '@cfworker/json-schema'
import type { Json } from '../api/shapes.ts'

/** Sentences with their places: `steps/0: …`; none if the answer is right. */
export function complaints(schema: { [name: string]: Json }, answer: unknown): string[] {
  const { valid, errors } = new Validator(schema as Schema, '2020-12', false).validate(answer)
  if (valid) return []
  // The last of each place are the most exact ones; the others say that something inside is wrong.
  const exact = errors.filter(
    ({ keyword }) => !['properties', 'items', 'prefixItems', 'anyOf', 'allOf', '$ref'].includes(keyword),
  )
  const said = exact.length > 0 ? exact : errors
  return [...new Set(said.map(({ instanceLocation, error }) => `${placeOf(instanceLocation)}${error}`))].slice(0, 8)
}

function placeOf(pointer: string): string {
  const place = pointer.replace(/^#\/?/, '').replaceAll('~1', '/').replaceAll('~0', '~')
  return place === '' ? '' : `${place}: `
}
