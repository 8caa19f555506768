/** Whether an answer meets its JSON Schema. Letter case of enum and const is forgiven, because the API does not guarantee it. */
import type { ErrorObject } from 'ajv/dist/2020.js'
import { isExactNumber, isObject, type Json, jsonText } from '../text/json.ts'
import { shorten } from '../text/shorten.ts'
import { pointerPart } from './schema-parts.ts'
import { patternsFor } from './schema-patterns.ts'

export interface CheckedAnswer {
  /** The answer with enum and const texts in the schema's spelling; otherwise as it came, exact numbers included. */
  answer: Json
  /** Sentences without a full stop that begin with the JSON pointer of what is wrong; none if the answer is good. */
  problems: string[]
}

export type SchemaCheck = (answer: Json) => CheckedAnswer

/** More would bury the first. */
const mostProblems = 12

/** Makes the check of one schema (2020-12; older `$schema` lines are ignored). Throws RequestRefused if it is no JSON Schema. */
export async function compileSchema(schema: Record<string, unknown>): Promise<SchemaCheck> {
  // Loaded for the first schema: many runs have none.
  const { compile } = await import('./schema-compiler.ts')
  const validate = compile(schema, await patternsFor(schema))
  return (answer) => {
    let { checkable, result } = { checkable: withPlainNumbers(answer), result: answer }
    if (validate(checkable)) return { answer, problems: [] }
    const spellings = spellingsIn(validate.errors ?? [])
    if (spellings.size > 0) {
      checkable = respell(checkable, spellings)
      result = respell(answer, spellings)
      if (validate(checkable)) return { answer: result, problems: [] }
    }
    return { answer: result, problems: describe(validate.errors ?? []) }
  }
}

/** The same value with numbers kept exactly as doubles, so that the validator sees numbers. */
function withPlainNumbers(value: Json): Json {
  if (isExactNumber(value)) return Number(value.rawJSON)
  if (Array.isArray(value)) return value.map(withPlainNumbers)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withPlainNumbers(inner)]))
}

/**
 * If the answer differs from an allowed text only by letter case: the allowed text by JSON pointer. None if two allowed texts
 * differ from it only so: which of them was meant is not known.
 */
function spellingsIn(errors: ErrorObject[]): Map<string, string> {
  const meant = new Map<string, Set<string>>()
  for (const error of errors) {
    const { data, instancePath } = error
    if (typeof data !== 'string') continue
    const wanted = data.toLowerCase()
    const alike = allowedIn(error).filter((value) => typeof value === 'string' && value.toLowerCase() === wanted)
    meant.set(instancePath, new Set([...(meant.get(instancePath) ?? []), ...(alike as string[])]))
  }
  return new Map(
    [...meant].flatMap(([place, [spelling, ...others]]) =>
      spelling !== undefined && others.length === 0 ? [[place, spelling] as const] : [],
    ),
  )
}

function allowedIn({ keyword, schema }: ErrorObject): unknown[] {
  if (keyword === 'const') return [schema]
  return keyword === 'enum' && Array.isArray(schema) ? schema : []
}

function respell(value: Json, spellings: Map<string, string>, pointer = ''): Json {
  const spelling = spellings.get(pointer)
  if (spelling !== undefined) return spelling
  if (Array.isArray(value)) return value.map((inner, at) => respell(inner, spellings, `${pointer}/${at}`))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, respell(inner, spellings, `${pointer}/${pointerPart(key)}`)]),
  )
}

function describe(errors: ErrorObject[]): string[] {
  // A choice is said by its last line; that each of its shapes wants another type at the same place adds nothing.
  const choices = new Set(errors.filter(isChoice).map(({ instancePath }) => instancePath))
  const telling = errors.filter((error) => error.keyword !== 'type' || !choices.has(error.instancePath))
  const problems = [...new Set(telling.map(sentence))]
  if (problems.length <= mostProblems) return problems
  return [...problems.slice(0, mostProblems), `and ${problems.length - mostProblems} more`]
}

function isChoice({ keyword }: ErrorObject): boolean {
  return keyword === 'anyOf' || keyword === 'oneOf'
}

function sentence(error: ErrorObject): string {
  const { keyword, params, instancePath, data, schema } = error
  const place = instancePath === '' ? 'the answer' : instancePath
  const found = `but is ${shown(data)}`
  if (keyword === 'enum') return `${place} must be one of ${allowedIn(error).map(shown).join(', ')}, ${found}`
  if (keyword === 'const') return `${place} must be ${shown(schema)}, ${found}`
  if (keyword === 'type') return `${place} must be ${[params.type].flat().join(' or ')}, ${found}`
  if (keyword === 'format') return `${place} must be a text of format ${params.format}, ${found}`
  if (keyword === 'pattern') return `${place} must match ${params.pattern}, ${found}`
  if (keyword === 'required') return `${instancePath}/${params.missingProperty} is missing`
  if (keyword === 'additionalProperties') return `${instancePath}/${params.additionalProperty} is not in the schema`
  if (isChoice(error) && Array.isArray(schema))
    return `${place} fits none of the ${schema.length} shapes it may have, ${found}`
  return `${place} ${error.message ?? `breaks ${keyword}`}, ${found}`
}

function shown(value: unknown): string {
  const text = jsonText(value) ?? 'nothing'
  return shorten(text, 80)
}
