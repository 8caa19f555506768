/** Turns what Zod found into sentences with the place, what was expected, and the nearest name of an unknown field. */
import type * as z from 'zod'
import { didYouMean } from './nearest.ts'

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
  if (issue.code === 'invalid_union') {
    const nested = issue.errors.flat().map((inner) => inner.message.replace(/^Invalid input: /, ''))
    return [`${where}: ${place || 'the whole'} is not valid: ${[...new Set(nested)].join(', or ')}.`]
  }
  const missing =
    issue.code === 'invalid_type' && issue.input === undefined && /received undefined$/.test(issue.message)
  if (missing) return [`${where}: ${place || 'the whole'} is missing. Expected ${expectedAt(schema, issue)}.`]
  return [`${where}: ${place || 'the whole'} is not valid: ${issue.message.replace(/^Invalid (input|string): /, '')}.`]
}

/** A required field of a schema made by `partial().required()` is said to be `nonoptional`, which tells a person nothing. */
function expectedAt(schema: z.ZodType, { expected, path }: z.core.$ZodIssueInvalidType): string {
  const wanted = schemaAt(schema, path)
  return expected === 'nonoptional' && wanted !== undefined ? definition(wanted).type : expected
}

/** `steps[0].model` of `['steps', 0, 'model']`. */
function pathText(path: readonly PropertyKey[]): string {
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
