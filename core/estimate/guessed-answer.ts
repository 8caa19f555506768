/** How long an answer may get if no earlier run tells: a guess from its schema, else a flat one. */
import type { ResolvedStep } from '../documents.ts'
import { bytesPerToken } from '../money/input-tokens.ts'
import type { Range } from '../money/range.ts'
import { isObject, type Json } from '../text/json.ts'

/** Tokens of one answer. Whatever the guess is worth, `max_tokens` is the most that can be billed for it. */
export function guessedAnswer({ output_schema, max_tokens }: ResolvedStep): Range {
  const guess = output_schema === null ? flatGuess : bytesFor(output_schema as Json, 0) / bytesPerToken
  const likely = Math.min(Math.ceil(guess), max_tokens)
  return { low: Math.ceil(likely / 3), likely, high: max_tokens }
}

// Some sentences of JSON.
const flatGuess = 300

// A text in a schema is a sentence or two. Without a limit it may be a page, which the schema does not show.
const textBytes = 120
const usualElements = 3
const deepest = 6

/** UTF-8 bytes of a JSON value of this schema. */
function bytesFor(schema: Json | undefined, depth: number): number {
  if (!isObject(schema) || depth > deepest) return textBytes
  if ('const' in schema) return JSON.stringify(schema.const).length
  if (Array.isArray(schema.enum)) return mean(schema.enum.map((value) => JSON.stringify(value).length))
  const choices = schema.anyOf ?? schema.allOf
  if (Array.isArray(choices)) return mean(choices.map((choice) => bytesFor(choice, depth + 1)))
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'object') {
    const fields = isObject(schema.properties) ? Object.entries(schema.properties) : []
    return fields.reduce((sum, [name, field]) => sum + name.length + 6 + bytesFor(field, depth + 1), 2)
  }
  if (type === 'array') return 2 + usualElements * (2 + bytesFor(schema.items, depth + 1))
  return type === 'string' || type === undefined ? textBytes : 5
}

function mean(amounts: number[]): number {
  return amounts.length === 0 ? 0 : amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length
}
