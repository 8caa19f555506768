/** Compiles a JSON Schema with Ajv, whose loading takes longer than all else that a short command does. */
import { Ajv2020, type CodeOptions } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { RequestRefused } from '../errors.ts'
import type { CompilePattern } from './schema-patterns.ts'

/** The check of one schema, as Ajv makes it. `patterns`: null for the engine of JavaScript. Throws RequestRefused if it is no JSON Schema. */
export function compile(schema: Record<string, unknown>, patterns: CompilePattern | null) {
  const ajv = new Ajv2020({
    ...{ allErrors: true, verbose: true, strict: false, logger: false, multipleOfPrecision: 9 },
    ...(patterns !== null && { code: { regExp: regExpsOf(patterns) } }),
  })
  addFormats.default(ajv)
  const { $schema: _dialect, $id: _id, ...rest } = schema
  try {
    return ajv.compile(rest)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RequestRefused([`output_schema is not a JSON Schema (${reason}). Correct it.`], { cause: error })
  }
}

/**
 * The engine as Ajv calls it. What it lacks `open` refuses; only a version made before that rule can have such a pattern, which is
 * then left to the API, as checking it could take for ever.
 */
function regExpsOf(patterns: CompilePattern): NonNullable<CodeOptions['regExp']> {
  const engine = (source: string, flags: string) => {
    // Throws for what is no pattern at all.
    new RegExp(source, flags)
    try {
      return patterns(source)
    } catch {
      return { test: () => true, toString: () => `/${source}/unchecked` }
    }
  }
  return Object.assign(engine, { code: 'linearPattern' })
}
