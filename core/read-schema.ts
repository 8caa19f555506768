/** Reads a step's schema and says, before anything is paid for, what the API or the checks here could not do with it. */
import type { ResolvedStep } from './documents.ts'
import { FileMissing, PathOutside } from './errors.ts'
import { missing } from './input-path.ts'
import { type Json, parseJson } from './json.ts'
import { jsonMistake } from './json-array.ts'
import { lintSchema } from './schema-lint.ts'
import { patternProblems } from './schema-patterns.ts'
import type { Store } from './store.ts'
import { readText } from './version-documents.ts'
import { halfAPair, isWellFormed } from './well-formed.ts'
import { plainNumbers } from './written-numbers.ts'

/** The schema of a step, written out or read from its file, checked for all that would be refused later. Adds what is wrong. */
export async function readSchema(
  store: Store,
  schema: unknown,
  add: (problem: string) => void,
): Promise<ResolvedStep['output_schema']> {
  if (schema === null) return null
  const parsed = typeof schema === 'string' ? await schemaFile(store, schema, add) : schema
  if (parsed === undefined) return null
  const problems = lintSchema(parsed)
  for (const problem of problems) add(`the API cannot compile its output_schema: ${problem}`)
  if (problems.length > 0) return parsed as ResolvedStep['output_schema']
  for (const problem of await patternProblems(parsed)) add(`its output_schema: ${problem}`)
  if (!isWellFormed(parsed as Json)) add(`its output_schema ${halfAPair}`)
  return parsed as ResolvedStep['output_schema']
}

async function schemaFile(store: Store, path: string, add: (problem: string) => void): Promise<unknown> {
  let text = ''
  try {
    text = (await readText(store, path)).replace(/^\uFEFF/, '')
    const { value, problems } = plainNumbers(parseJson(text), path)
    for (const problem of problems) add(problem)
    return value
  } catch (error) {
    if (error instanceof FileMissing) add(`output_schema: ${await missing(store, path)}`)
    else if (error instanceof PathOutside) add(`output_schema: ${error.message}`)
    else if (error instanceof SyntaxError) add(`output_schema: ${path} is not JSON ${jsonMistake(text, error)}.`)
    else throw error
    return undefined
  }
}
