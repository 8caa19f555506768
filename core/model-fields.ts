/**
 * The model settings, one row a field. What a person may write, what run.json holds, the defaults, a question, its fingerprint
 * and what `compare` shows are derived from this table. A new setting is a row here and a line in the provider's api-request.ts.
 */
import * as z from 'zod'
import { type AnswerFormat, answerFormats } from './answer-format.ts'

interface ModelField {
  /** What a step, a template or a workspace may say. */
  written: z.ZodType
  /** What run.json holds. A new field must be optional: versions made before lack it. */
  resolved: z.ZodType
  /** Its value if nobody says one. */
  fallback: unknown
  /**
   * How it takes part in the fingerprint. `whole`: as it is, before the turns. `not_sent`: not at all, because it changes no answer.
   * A new field is a function: what it adds behind the turns, which must be nothing for its fallback and for undefined. Otherwise
   * all answers given before would look changed.
   */
  fingerprint: 'whole' | 'not_sent' | ((value: never) => unknown[])
}

const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const
const thinkingWords = ['off', 'between_tools', 'adaptive'] as const

/** Described without its recursion, which says nothing of a document that is JSON, and which generators of clients cannot follow. */
const anyJson = z.json()
anyJson._zod.toJSONSchema = () => ({ description: 'Any JSON value.' })
anyJson.register(z.globalRegistry, { id: 'Json' })

/** In the order in which run.json and `compare` have them; that of `whole` fields is the order in the fingerprint. */
export const modelFields = {
  model: {
    written: z.string().min(1).describe('The model, by its API id. Default: claude-haiku-5-5.'),
    resolved: z.string(),
    fallback: 'claude-haiku-5-5',
    fingerprint: 'whole',
  },
  max_tokens: {
    written: z.int().min(1).max(128_000).describe('Most tokens of one answer. Default: 4096.'),
    resolved: z.int(),
    fallback: 4096,
    fingerprint: 'whole',
  },
  effort: {
    written: z.enum(efforts).describe('How much work the model puts in. Default: what the API does.'),
    resolved: z.enum(efforts).nullable(),
    fallback: null,
    fingerprint: 'whole',
  },
  thinking: {
    written: z
      .union([z.enum(thinkingWords), z.strictObject({ budget_tokens: z.int().min(1024) })])
      .describe(
        'How much the model may think first. off is the default; a model that cannot switch it off gets its lowest.',
      ),
    resolved: z.union([z.enum(thinkingWords), z.object({ budget_tokens: z.int() })]),
    fallback: 'off' as const,
    fingerprint: 'whole',
  },
  system: {
    written: z.string().describe('The system prompt, as it is.'),
    resolved: z.string().nullable(),
    fallback: null,
    fingerprint: 'whole',
  },
  output_schema: {
    written: z
      .union([z.record(z.string(), anyJson), z.string().regex(/\.json$/, 'a path to a .json file')])
      .describe(
        'A JSON Schema that every answer must meet, written here or as the path of a .json file in the workspace.',
      ),
    resolved: z.record(z.string(), anyJson).nullable(),
    fallback: null,
    fingerprint: 'whole',
  },
  max_concurrency: {
    written: z.int().min(1).max(1000).describe('Most calls under way at once. Default: 16.'),
    resolved: z.int(),
    fallback: 16,
    fingerprint: 'not_sent',
  },
  answer_format: {
    written: z
      .enum(answerFormats)
      .describe(
        'json: each answer is a JSON value. text: the reply is kept as it came, under text. Default: json with an output_schema, or if the template or system prompt speaks of JSON, a later step takes another field than {text}, or the latest version has JSON; else text.',
      ),
    resolved: z
      .enum(answerFormats)
      .optional()
      .describe('missing in versions made before there were formats: json, or text in a text file'),
    // Decided when all steps and the base are known.
    fallback: undefined,
    // Nothing of it is sent, but it decides what is kept. Answers of before there were formats are JSON.
    fingerprint: (format: AnswerFormat | undefined) => (format === 'text' ? ['text'] : []),
  },
} satisfies Record<string, ModelField>

type Fields = typeof modelFields
export type ModelFieldName = keyof Fields

export const modelFieldNames = Object.keys(modelFields) as ModelFieldName[]

/** The settings that a question has as the step has them. Its answer format depends on the output file, too. */
export type QuestionField = {
  [Name in ModelFieldName]: Fields[Name]['fingerprint'] extends 'not_sent' ? never : Name
}[Exclude<ModelFieldName, 'answer_format'>]

export const questionFields = modelFieldNames.filter(
  (name): name is QuestionField => modelFields[name].fingerprint !== 'not_sent' && name !== 'answer_format',
)

/** The Zod shape of all settings, as they are written or as run.json holds them. */
export function shapeOf<Form extends 'written' | 'resolved'>(form: Form) {
  const shape = modelFieldNames.map((name) => [name, modelFields[name][form]] as const)
  return Object.fromEntries(shape) as unknown as { [Name in ModelFieldName]: Fields[Name][Form] }
}

/** What a setting may be before the files it names are read. */
export type SettingValues = {
  [Name in ModelFieldName]: z.infer<Fields[Name]['written']> | Fields[Name]['fallback']
}
