/** Turns what Zod found into sentences with the place, what was expected, and the nearest name of an unknown field. */
import type * as z from 'zod'
import { didYouMean } from './nearest.ts'
import { shorten } from './shorten.ts'

/** One sentence an issue. `where` begins each: `pipelines/problems.yaml`, `The front matter of prompts/a.md`. */
export function describeIssues(error: z.ZodError, schema: z.ZodType, where: string): string[] {
  return error.issues.flatMap((issue) => describeIssue(issue, schema, where))
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodType, where: string): string[] {
  const place = pathText(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schemaAt(schema, issue.path))
    return issue.keys.map((key) => {
      const hint = didYouMean(key, known) || (known.length > 0 ? ` Known fields: ${known.join(', ')}.` : '')
      return `${where}: there is no field ${JSON.stringify(key)}${place === '' ? '' : ` in ${place}`}.${hint}`
    })
  }
  const what = place || 'the whole'
  const missing =
    issue.code === 'invalid_type' && issue.input === undefined && /received undefined$/.test(issue.message)
  if (missing) return [`${where}: ${what} is missing. Expected ${expectedAt(schema, issue)}.`]
  const found = issue.input === undefined ? 'is not valid' : `is ${shown(issue.input)}`
  return [`${where}: ${what} ${found}. Expected ${expected(issue)}.`]
}

const kinds: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'fields (name: value)',
  record: 'fields (name: value)',
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected
    case 'invalid_value':
      return `one of ${issue.values.join(', ')}`
    case 'too_small':
      if (issue.origin === 'number' && !issue.inclusive) return `more than ${issue.minimum}`
      return `at least ${issue.origin === 'number' ? issue.minimum : issue.origin === 'array' ? 'one entry' : 'one character'}`
    case 'too_big':
      return `at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`
    case 'invalid_union':
      return [...new Set(issue.errors.flat().map(expected))].join(', or ')
    default:
      return issue.message
  }
}

/** A required field of a schema made by `partial().required()` is reported as `nonoptional`, which means nothing to a person. */
function expectedAt(schema: z.ZodType, { expected, path }: z.core.$ZodIssueInvalidType): string {
  const wanted = schemaAt(schema, path)
  const kind = expected === 'nonoptional' && wanted !== undefined ? definition(wanted).type : expected
  return kinds[kind] ?? kind
}

/** A value as it appears in a message. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return shorten(text, 80)
}

/** `model of step 1` of `['steps', 0, 'model']`: people count from 1, as all other messages do. */
export function pathText(path: readonly PropertyKey[]): string {
  const [first, step, ...rest] = path
  if (first !== 'steps' || typeof step !== 'number') return dotted(path)
  return rest.length === 0 ? `step ${step + 1}` : `${dotted(rest)} of step ${step + 1}`
}

function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('')
}

type Described = {
  type: string
  shape?: Record<string, z.ZodType>
  innerType?: z.ZodType
  element?: z.ZodType
  valueType?: z.ZodType
  options?: z.ZodType[]
}

function definition(schema: z.ZodType): Described {
  return schema.def as unknown as Described
}

function schemaAt(schema: z.ZodType | undefined, path: readonly PropertyKey[]): z.ZodType | undefined {
  if (schema === undefined) return undefined
  const { innerType, shape, element, valueType } = definition(schema)
  if (innerType !== undefined) return schemaAt(innerType, path)
  if (path.length === 0) return schema
  const [first, ...rest] = path
  return schemaAt(typeof first === 'number' ? element : (shape?.[String(first)] ?? valueType), rest)
}

function knownKeys(schema: z.ZodType | undefined): string[] {
  return schema === undefined ? [] : Object.keys(definition(schema).shape ?? {})
}
