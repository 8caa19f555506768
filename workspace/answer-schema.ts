/** What a program may give as the schema of a step's answers, and the type of the answers that comes of it. */
import { RequestRefused } from '../core/errors.ts'
import { compilableSchema } from './compilable-schema.ts'

/**
 * A schema of any library that follows Standard Schema and Standard JSON Schema, such as Zod from 4.2. Answers are checked against
 * its JSON Schema; they are not parsed by it.
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
    readonly jsonSchema?: {
      readonly output: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
    }
  }
}

/** A JSON Schema, and the type of what meets it as you say it: nothing holds the two together. */
export function jsonSchema<Answer>(schema: Record<string, unknown>): StandardSchema<Answer> {
  return { '~standard': { version: 1, vendor: 'JSON Schema', jsonSchema: { output: () => schema } } }
}

/** The type of the answers of the last of these steps; `unknown` if nothing says it. */
export type AnswerOf<Steps extends readonly unknown[]> = Steps extends readonly [...unknown[], infer Last]
  ? AnswerOfStep<Last>
  : unknown

/** The answers of one step. Those that are no objects stand under `value`, but for a single call. */
export type AnswerOfStep<Step> = Step extends { batch_mode: false; output_file: `${string}.${'md' | 'txt'}` }
  ? string
  : Step extends { output_schema: { '~standard': { types?: infer Types } } }
    ? NonNullable<Types> extends { output: infer Output }
      ? Step extends { batch_mode: false }
        ? Output
        : Output extends readonly unknown[] | string | number | boolean | null
          ? { value: Output }
          : Output
      : unknown
    : Step extends { answer_format: 'text' }
      ? { text: string }
      : unknown

/** The JSON Schema of what a program gave. Throws RequestRefused if its library gives none. */
export function jsonSchemaOf(schema: StandardSchema, step: number): Record<string, unknown> {
  const standard = schema['~standard']
  const place = `Step ${step}: its output_schema`
  if (standard.jsonSchema === undefined)
    throw new RequestRefused([
      `${place} (${standard.vendor}) gives no JSON Schema. Expected one that follows Standard JSON Schema, as Zod from 4.2 does, or JSON Schema itself.`,
    ])
  try {
    const { $schema: _, ...found } = standard.jsonSchema.output({ target: 'draft-2020-12' })
    return compilableSchema(found)
  } catch (cause) {
    throw new RequestRefused(
      [
        `${place} (${standard.vendor}) cannot be said as JSON Schema: ${(cause as Error).message.replace(/\.$/, '')}. Expected a schema of JSON alone, without transforms and dates.`,
      ],
      { cause },
    )
  }
}

/** Whether it is a schema of some library. Some of them are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  return ((typeof value === 'object' && value !== null) || typeof value === 'function') && '~standard' in value
}
