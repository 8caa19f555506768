/** Reads a step's schema and says, before anything is paid for, what the API or the checks here could not do with it. */

import { lintSchema } from '../answers/schema-lint.ts'
import { patternProblems } from '../answers/schema-patterns.ts'
import type { ResolvedStep } from '../documents.ts'
import { FileMissing, PathOutside } from '../errors.ts'
import type { Provider } from '../provider.ts'
import type { Store } from '../store.ts'
import { type Json, parseJson } from '../text/json.ts'
import { jsonMistake } from '../text/json-array.ts'
import { halfAPair, isWellFormed } from '../text/well-formed.ts'
import { plainNumbers } from '../text/written-numbers.ts'
import { readText } from '../versions/version-documents.ts'
import { missing } from './input-path.ts'

/** The schema of a step, written out or read from its file, checked for all that would be refused later. Adds what is wrong. */
export async function readSchema(
  { store, provider }: { store: Store; provider: Provider },
  schema: unknown,
  add: (problem: string) => void,
): Promise<ResolvedStep['output_schema']> {
  if (schema === null) return null
  const parsed = typeof schema === 'string' ? await schemaFile(store, schema, add) : schema
  if (parsed === undefined) return null
  const problems = lintSchema(parsed, provider.schemaRules)
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
