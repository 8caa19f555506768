/** The patterns in a schema, and the engine for them, which is loaded only if there are any. */
import { isObject, type Json } from '../text/json.ts'
import type { LinearPattern } from '../text/linear-pattern.ts'
import { type Schema, subschemas } from './schema-parts.ts'

export type CompilePattern = (source: string) => LinearPattern

/** The engine, or null for a schema without patterns. */
export async function patternsFor(schema: unknown): Promise<CompilePattern | null> {
  // A property may be called pattern too: then the engine is loaded in vain.
  if (!/"pattern(?:Properties)?":/.test(JSON.stringify(schema))) return null
  return (await import('../text/linear-pattern.ts')).linearPattern
}

/** Patterns of a sound schema that cannot be checked in linear time: each a sentence that begins with its JSON pointer. */
export async function patternProblems(schema: unknown): Promise<string[]> {
  const compile = await patternsFor(schema)
  if (compile === null || !isObject(schema as Json)) return []
  return patternsIn(schema as Schema, '#').flatMap(([pointer, pattern]) => {
    try {
      compile(pattern)
      return []
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)
      return [
        `${pointer} has a pattern that cannot be checked in linear time (${reason}). Use a simpler one: at most 1,000 repetitions, and Unicode properties by their short names, such as \\p{L}.`,
      ]
    }
  })
}

function patternsIn(schema: Schema, pointer: string): [string, string][] {
  const own: [string, string][] = typeof schema.pattern === 'string' ? [[pointer, schema.pattern]] : []
  const inner = subschemas(schema, pointer).flatMap(([part, place]) => (isObject(part) ? patternsIn(part, place) : []))
  return [...own, ...inner]
}
