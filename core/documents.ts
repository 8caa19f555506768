/**
 * The documents of a version: their exact fields, in the order in which they are written.
 * Long, since all stored documents are declared in this one place.
 */
import * as z from 'zod'
import { failureKinds } from './errors.ts'
import { shapeOf } from './model-fields.ts'
import { deliveries, runRequest, workspaceSettings } from './request.ts'

const money = z.number().nullable().describe('USD; null if the model has no known price')

/** What answers cost: tokens as the API reports them, and USD. */
export const spending = z.object({
  input_tokens: z.int(),
  output_tokens: z.int(),
  cache_read_tokens: z.int(),
  cache_write_tokens: z.int(),
  cost_usd: money,
  cache_write_1h_tokens: z
    .int()
    .optional()
    .describe('those of `cache_write_tokens` that were written for an hour; only if there are any'),
  batch_saved_usd: z
    .number()
    .optional()
    .describe('USD that the same would have cost more if it had not come by message batch; only if something did'),
})
export type Spending = z.infer<typeof spending>

const counts = z.object({
  items: z.int().describe('answered + failed + skipped'),
  processed: z.int().describe('items that this version asked the model for'),
  carried_over: z.int().describe('items whose answer or failure comes from the base, or from a person'),
  skipped: z.int().describe('items left out by a filter'),
  failed: z.int().describe('items whose failure stands'),
})

/** The most telling first. */
export const oddityKinds = [
  'empty',
  'refusal',
  'same_as_item',
  'same_answer',
  'empty_field',
  'one_value',
  'unused_value',
  'short',
  'long',
  'cost',
] as const

/** Something odd among the answers of a step, which are valid all the same. */
export const oddity = z.object({
  kind: z.enum(oddityKinds),
  field: z
    .string()
    .optional()
    .describe('the field that it is about, as `author.name`; absent if it is the whole answer'),
  count: z.int().describe('how many answers; of `unused_value` how many values'),
  of: z.int().describe('among how many'),
  item_ids: z.array(z.string()).describe('up to three of them, by the id of the root item'),
  message: z.string(),
  to_do: z.string().describe('what a person may do about it'),
})
export type Oddity = z.infer<typeof oddity>

const byBatch = z
  .int()
  .optional()
  .describe('answers and failures that came by message batch, over all steps; only if any did')

export const stepStats = z.object({
  step: z.int(),
  prompt_name: z.string(),
  model: z.string(),
  template_sha256: z.string(),
  ...counts.shape,
  answers: z
    .int()
    .optional()
    .describe(
      'answers in the array, those included that the base had of items which failed; versions made before lack it',
    ),
  ...spending.shape,
  by_batch: byBatch,
  spent_by_batch: spending.optional().describe('what those have spent of it; only if any did'),
  edited: z.int().optional().describe('answers in the array that a person wrote; only if there are any'),
  suggested: z
    .int()
    .optional()
    .describe('answers that this version asked for beside edited ones, and got; only if there are any'),
  output_bytes: z.int().optional().describe('size of the collated file; not in versions made before 0.2'),
  failed_by_kind: z
    .record(z.string(), z.int())
    .optional()
    .describe('`failed` by the `kind` of the failure, only if there is one'),
  oddities: z.array(oddity).optional().describe('what is odd among the answers in the array, only if anything is'),
})
export type StepStats = z.infer<typeof stepStats>

export const stats = z.object({ ...counts.shape, ...spending.shape, by_batch: byBatch, steps: z.array(stepStats) })
export type Stats = z.infer<typeof stats>

export const logEntry = z.object({
  time: z.string(),
  level: z.enum(['info', 'warning', 'error']),
  message: z.string(),
  step: z.int().optional(),
  item_id: z.string().optional(),
})
export type LogEntry = z.infer<typeof logEntry>

/** `edit`: a base with the answers in place that people have edited. */
export const runModes = ['initial', 'rerun', 'incremental', 'edit'] as const

export const versionStates = ['running', 'completed', 'failed', 'aborted'] as const

const ofRun = {
  time: z.string().describe('UTC'),
  run_id: z.string(),
  pipeline: z.string().describe('the full name; `_runs` for a one-off'),
}

/** An entry of the spend log. */
export const spendEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reserved'), ...ofRun, usd: z.number().describe('what the run may spend from here on') }),
  z.object({
    kind: z.literal('spent'),
    ...ofRun,
    version: z.string(),
    label: z.string().describe('of the version at that time'),
    models: z.array(
      z.object({
        model: z.string(),
        delivery: z.literal('batch').optional().describe('if the answers came by message batch'),
        ...spending.shape,
      }),
    ),
    counted_usd: z.number().describe('what counts for a limit: a call whose price never came counts as its most'),
  }),
  z.object({ kind: z.literal('released'), ...ofRun }),
])
export type SpendEntry = z.infer<typeof spendEntry>

/** metadata.json. Read loosely: the older form with `stats: {}` and unknown fields are still accepted. */
export const metadata = z.object({
  version: z.string(),
  pipeline_name: z.string().nullable(),
  timestamp: z.string().describe('local time of the start, without offset: 2026-03-02T09:15:00'),
  mode: z.enum(runModes),
  base_version: z.string().nullable(),
  module_number: z.int().nullable(),
  path_letter: z.string().nullable(),
  pipeline_status: z.string(),
  notes: z.string().nullable(),
  duration_seconds: z.number(),
  status: z.enum(versionStates),
  full_pipeline_name: z.string().nullable(),
  logs: z.array(logEntry),
  stats: z.union([stats, z.object({}).strict()]),
})
export type Metadata = z.infer<typeof metadata>

/** One item of a step's plan: a line of work/NN.jsonl. */
export interface PlanLine {
  /** Position in the whole input, from 1. An item keeps it through every step and every version based on this one. */
  item_index: number
  item_id: string
  /** The item's id as it stands in the input, as JSON text: `4001` or `"4001"`. */
  id_json: string
  /** Id of the item of the step that read an input file. */
  root_id: string
  /** The item's folder below items/, as `ids.ts` makes it. */
  segment: string
  /** The sequential id, if the step gives one. */
  output_id: number | null
  decision: 'process' | 'carry' | 'skip'
  /** Why, in one word of `decide.ts`. */
  reason: string
  /** The item as JSON text (of a single-call step: its whole input); null if it is carried and its content is gone. */
  item: string | null
  /** The root item as JSON text, only if the template asks for {root__…}. */
  root: string | null
  /** The gaps of the template that are fields of the step's items; absent if there are none. */
  fields?: string[]
  /** The base's ledger line of this item, if there is one. */
  base: LedgerLine | null
  /** The answer that a person wrote, as it is kept, if this version puts one in place. */
  edit?: { by: string; answer: string }
}

export const itemError = z.object({ kind: z.enum(failureKinds), message: z.string() })

/** What the model answers for an item whose answer a person wrote. It stands beside that answer and in no array. */
export const suggestion = z.object({
  version: z.string().describe('the version that asked for it: its prompt and what it cost are there'),
  answer: z.string().nullable().describe('as its file below items/ holds it; null if there is none'),
  sha256: z.string().nullable().describe('of this text'),
  fingerprint: z.string().nullable().describe('sha256 of everything that was sent'),
  model: z.string().nullable(),
  error: itemError.nullable().describe('why there is no answer'),
})
export type Suggestion = z.infer<typeof suggestion>

/** One item of a step's ledger: a line of NN_ledger.jsonl. Tokens, cost, time and attempts are what this version spent on the item. */
export const ledgerLine = z.object({
  item_id: z.string(),
  root_id: z.string(),
  item_index: z.int(),
  output_id: z.int().nullable(),
  segment: z.string(),
  decision: z.enum(['process', 'carry', 'skip']),
  reason: z.string(),
  state: z.enum(['answered', 'failed', 'skipped']),
  answer_version: z.string().nullable().describe('the version that asked for the answer which stands in the array'),
  answer_bytes: z
    .tuple([z.int(), z.int()])
    .nullable()
    .describe(
      'where the answer stands in the collated file beside this ledger: first byte, and the one after the last',
    ),
  fingerprint: z.string().nullable().describe('sha256 of everything that was sent'),
  model: z.string().nullable(),
  ...spending.shape,
  milliseconds: z.int(),
  attempts: z.int().describe('calls made, answers asked for twice and retries included'),
  request_id: z.string().nullable(),
  error: itemError.nullable(),
  prompt_sha256: z
    .string()
    .optional()
    .describe('sha256 of the prompt that was sent, if the version keeps no prompts (keep: { prompts: none })'),
  delivery: z.enum(deliveries).optional().describe('how the last reply came; only in versions at half price'),
  edited_by: z
    .string()
    .optional()
    .describe('who wrote the answer that stands in the array, if a person did; no model was asked for it'),
  suggestion: suggestion
    .optional()
    .describe('what the model answers beside an edited answer (rerun --suggest), as long as that stands'),
  answer_sha256: z
    .string()
    .nullable()
    .optional()
    .describe(
      'sha256 of the answer as its file below items/ holds it (of a single call: its text), without the last newline; not in versions made before 0.2',
    ),
  line_check: z
    .string()
    .optional()
    .describe('first 16 digits of the sha256 of this line without this field: whether the line was changed since'),
})
/** A line in memory, without its check: that is added when it is written, and tested when it is read. */
export type LedgerLine = Omit<z.infer<typeof ledgerLine>, 'line_check'>

/** A row of NN_errors.json. */
export const errorRow = z.object({
  item_id: z.string(),
  item_index: z.int(),
  error: z.string(),
  step: z.int(),
  kind: z.enum(failureKinds),
  attempts: z.int(),
  request_id: z.string().nullable(),
  kept: z.string().optional().describe('the version whose answer stays in the array'),
  carried: z.literal(true).optional().describe('failed in the base and was not rerun'),
})
export type ErrorRow = z.infer<typeof errorRow>

/** A piece of a step's plan: a range of whole lines of work/NN.jsonl. Files, events and records call it a batch. */
export interface Chunk {
  /** From 1. */
  batch: number
  /** First byte of the range, and the one after the last. */
  bytes: [number, number]
  /** How many of its items are to be processed; the others are carried over or skipped. */
  process: number
}

/** What is known of an input that was converted into JSON lines before the run. */
export const convertedInput = z.object({
  source: z
    .string()
    .nullable()
    .describe('the file, folder or pattern that was read; null: stdin, or what a program had in memory'),
  source_sha256: z.string().nullable().describe('of the bytes that were read; null if there is no single file'),
  read_as: z.string().describe('what was taken for what: format, encoding, separator, sheet'),
  items: z.int(),
})
export type ConvertedInput = z.infer<typeof convertedInput>

const resolvedInput = z.union([
  z.object({
    from: z.literal('file'),
    path: z.string().describe('as written'),
    resolved: z.string().describe('after latest/ and @label/ were looked up'),
    pointer: z.string(),
    sha256: z.string(),
    converted: convertedInput
      .optional()
      .describe('of an input that is no plain array: `resolved` is what it became, inside the version'),
  }),
  z.object({ from: z.literal('step'), step: z.int() }),
])

/** How a version keeps prompts and single answers. */
export const keep = z.object({ prompts: z.enum(['files', 'packed', 'none']), items: z.enum(['files', 'packed']) })
export type Keep = z.infer<typeof keep>

/** A step with everything decided: what the stages work with. */
export const resolvedStep = z.object({
  step: z.int(),
  prompt_name: z.string(),
  template: z.string().describe('the template as kept in the version: templates/NN_name.md'),
  template_sha256: z.string(),
  template_from: z
    .literal('request')
    .optional()
    .describe('that the template stands in the request (`prompt`); without it: in prompts/'),
  template_rules: z
    .literal(2)
    .optional()
    .describe(
      'how braces and marks of the template are read, if it matters. 2: gaps such as {US Gross} are filled; without it: as in versions made before that',
    ),
  input: resolvedInput,
  output_file: z.string(),
  batch_mode: z.boolean(),
  id_field: z.string(),
  id_from: z
    .enum(['content', 'position'])
    .optional()
    .describe('where the ids of items come from that have no field for it; without it they have one: `id_field`'),
  output_id_field: z.string().nullable(),
  id_start: z.int(),
  only_items: z.array(z.string()).nullable(),
  skip_items: z.array(z.string()),
  where: z.string().optional().describe('the expression that takes items (batch_where), if there is one'),
  skip_existing: z.boolean(),
  stop_on_error: z.boolean(),
  keep: keep.optional().describe('how prompts and single answers are kept; without it each is a file'),
  ...shapeOf('resolved'),
  next_index: z
    .int()
    .nullable()
    .describe('index for the first item that the base does not know; null if the step has no base'),
})
export type ResolvedStep = z.infer<typeof resolvedStep>

/** How a sample is drawn: the same seed draws the same items. */
export const sampleSize = z.object({
  count: z.int().min(1).describe('how many items'),
  seed: z.int().min(0).describe('another seed draws other items'),
})
export type SampleSize = z.infer<typeof sampleSize>

/** Which items a rerun takes. */
export const rerunChoice = z.object({
  ids: z.array(z.string()).nullable().describe('null: all'),
  failed: z.boolean(),
  changed: z.boolean(),
  where: z.string().optional().describe('the expression that chose the ids, if there was one'),
  first_step: z.int().describe('the first step that has a chosen item'),
  replace_edits: z.literal(true).optional().describe('that answers which a person wrote may be asked for again, too'),
  suggest: z
    .literal(true)
    .optional()
    .describe('that a new answer is asked for beside those which a person wrote, and these stay'),
})
export type RerunChoice = z.infer<typeof rerunChoice>

/** How a version puts edited answers in place. */
export const editChoice = z.object({
  first_step: z.int().describe('the first step that has an edited answer'),
  later_steps: z.boolean().describe('whether later steps ask again for items whose input is edited'),
})
export type EditChoice = z.infer<typeof editChoice>

/** Who asked for something on AWS. */
export const caller = z.object({
  arn: z.string().describe('the identity, as AWS names it'),
  self_reported: z
    .boolean()
    .describe('true: the command line asked AWS who it is and said so; false: the API knows it by the signature'),
})
export type Caller = z.infer<typeof caller>

/** run.json: the request as written plus workspace defaults, and everything resolved from them. Enough to run this version again, or to resume it. */
export const runDocument = z.object({
  run_id: z.string(),
  created: z.string().describe('UTC'),
  started_by: caller
    .nullable()
    .optional()
    .describe('who started the run; null on a laptop, or if nobody said so; not in versions made before 0.2'),
  mode: z.enum(runModes),
  base_version: z.string().nullable(),
  stand_in: z.boolean().describe('true: answered by the offline stand-in, not by a model'),
  spend_limit_usd: z
    .number()
    .optional()
    .describe(
      'what the run may spend: the smaller of max_cost_usd and what max_usd_per_month left; absent without that',
    ),
  // Labels of earlier releases could be anything.
  request: runRequest.extend({ pipeline_status: z.string().optional() }),
  workspace: workspaceSettings,
  rerun: rerunChoice.nullable(),
  edit: editChoice
    .optional()
    .describe('of a version that puts edited answers in place: edits.jsonl beside this file has them'),
  sample: sampleSize.optional().describe('the sample that was drawn of the items, if there was one'),
  steps: z.array(resolvedStep),
})
export type RunDocument = z.infer<typeof runDocument>
