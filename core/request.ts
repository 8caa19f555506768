/**
 * The run request: what a person writes to start a run. These schemas are the single source of its types, its checks and its JSON Schema.
 * Long, since every field stands beside its description.
 */
import * as z from 'zod'

import { shapeOf } from './model-fields.ts'

// The request schema lists the format first.
const { max_concurrency, answer_format, ...first } = shapeOf('written')
const modelSettingFields = { ...first, answer_format, max_concurrency }

/** Model settings of a step, a template's front matter or a workspace. If two of them say something, the step wins, then the template. */
export const modelSettings = z.strictObject(modelSettingFields).partial()
export type ModelSettings = z.infer<typeof modelSettings>

const itemId = z.union([z.string(), z.number()])

/** How a version keeps what was sent and what came back, item by item. */
const keepSettings = z
  .strictObject({
    prompts: z
      .enum(['files', 'packed', 'none'])
      .describe(
        'files: each prompt is a file in prompts/. packed: a thousand share one. none: only the sha256 of each is kept. Default: files.',
      ),
    items: z
      .enum(['files', 'packed'])
      .describe(
        'files: each answer has a file of its own in items/, too. packed: a thousand share one. Default: files.',
      ),
  })
  .partial()

/** What a column of a table may be read as. */
export const inputType = z.enum(['text', 'number', 'boolean', 'json'])
export type InputType = z.infer<typeof inputType>

export const stepRequest = z
  .strictObject({
    prompt_name: z
      .string()
      .min(1)
      .describe(
        'The template: prompts/<prompt_name>.md. With prompt, only what the step is called; default: step_<n>.',
      ),
    prompt: z
      .string()
      .min(1)
      .describe('The template itself, in the place of a file in prompts/. A rerun takes it from its base.'),
    input_file: z
      .string()
      .min(1)
      .describe(
        'The items: .json (file.json#/path/to/array points into it), .jsonl, .csv, .tsv, .xlsx (file.xlsx#Sheet), .parquet, a folder or pattern of text files, or - for stdin. Default: the output of the step before.',
      ),
    input_types: z
      .record(z.string(), inputType)
      .describe(
        'Types of columns of a table: text, number, boolean or json. Default: text in CSV, as kept in .xlsx and .parquet.',
      ),
    output_file: z
      .string()
      .min(1)
      .regex(/^[^/\\]+$/, 'a file name without folders')
      .describe('Name of the collated output. Default: <prompt_name>.json.'),
    batch_mode: z
      .boolean()
      .describe('false: one call with the whole input instead of one call an item. Default: true.'),
    batch_id_field: z
      .string()
      .min(1)
      .describe(
        'The field that identifies an item; without one, "@content" (a short hash of the item) or "@position". Default: what the step before writes, else id.',
      ),
    batch_output_id_field: z.string().min(1).describe('Gives each output a sequential id in this field.'),
    batch_id_start: z.int().min(0).describe('The first sequential id. Default: 1.'),
    batch_only_items: z.array(itemId).describe('Only these items, by id.'),
    batch_skip_items: z.array(itemId).describe('All but these items, by id.'),
    batch_where: z
      .string()
      .min(1)
      .describe(
        'Only the items that this JSONata expression takes, over item, answer and ledger: grade >= 4 and topic = "money".',
      ),
    batch_skip_existing: z
      .boolean()
      .describe(
        'Keep the answers there are and process only items without one. Default: as the step before, whose answers it takes.',
      ),
    batch_stop_on_error: z.boolean().describe('End the run at the first failed item. Default: false.'),
    ...modelSettingFields,
  })
  .partial()
  .required({ prompt_name: true })
export type StepRequest = z.infer<typeof stepRequest>

/** What a label has to be: a path such as `outputs/words/@final/…` must be able to lead to it, and no version may be called so. */
export const expectedLabel =
  '1 to 40 characters without /, \\ or #, not only spaces, without @ at the start, and not a version such as v3 or latest'

export const label = z.string().regex(/^(?!@)(?!(?:v?\d+|latest)$)(?!\s*$)[^/\\#]{1,40}$/, expectedLabel)

/** How answers come: each call by itself, or by message batch at half price. */
export const deliveries = ['live', 'batch'] as const
export type Delivery = (typeof deliveries)[number]

export const runRequest = z
  .strictObject({
    $schema: z.string(),
    steps: z
      .array(stepRequest)
      .min(1)
      .describe('The steps, in order. Each takes the collated output of the one before.'),
    pipeline_name: z
      .string()
      .regex(/^(?!_)[^/\\\p{Cc}]+$/u, 'a name without slashes that does not start with _')
      .regex(/^(?!\.)/, 'a name that does not start with a dot')
      .max(100)
      .describe('Where the versions are kept. Without it the run is a one-off without history.'),
    module_number: z.int().min(0).describe('Becomes _module_<n> in the folder name.'),
    path_letter: z
      .string()
      .regex(/^[A-Za-z]$/, 'one letter')
      .describe('Becomes _path_<letter> in the folder name.'),
    pipeline_status: label.describe(
      'The label: draft, alpha, beta, rc, final, deprecated or your own. Default: draft.',
    ),
    notes: z.string().describe('What this version is about.'),
    rerun_items: z
      .array(itemId)
      .min(1)
      .describe(
        'Make a new version on the latest one in which only these items are processed again; of these, only what the filters of the first step take.',
      ),
    resume: z
      .union([z.boolean(), z.string().regex(/^v\d+$/, 'a version such as v3')])
      .describe('Continue the newest (or this) unfinished version.'),
    verbose: z.boolean().describe('Print the variables of each template and every retry.'),
    max_cost_usd: z
      .number()
      .gt(0)
      .describe(
        'Most that the version may cost, in USD. A call that could pass it is not made, and the run stops; it can be resumed. Default: no limit.',
      ),
    keep: keepSettings.describe('How prompts and single answers are kept; it wins over itemwise.yaml.'),
    delivery: z
      .enum(deliveries)
      .describe(
        'batch: answers come by message batch, at half the price and within a day, mostly within an hour. Default: live. A rerun does not take it from its base.',
      ),
    deadline: z
      .string()
      .regex(/^\d{1,6}(\.\d+)?[smh]$/, 'a time such as 4h, 90m or 30s')
      .describe(
        'With delivery batch: how long after its start the run waits for message batches. Default: until they end.',
      ),
    after_deadline: z
      .enum(['live', 'stop'])
      .describe(
        'What becomes of items without an answer then: they are asked for live (the default), or the run stops.',
      ),
  })
  .partial()
  .required({ steps: true })

/** What starts a run: a pipeline of one or more steps and how to keep it. Every step has a name. */
export type RunRequest = z.infer<typeof runRequest>

/** A step as a person may write it: one with its prompt needs no name. */
export const writtenStep = stepRequest.partial({ prompt_name: true })
export type WrittenStep = z.infer<typeof writtenStep>

/** The request as a person may write it. */
export const writtenRequest = runRequest.extend({
  steps: z
    .array(writtenStep)
    .min(1)
    .describe(runRequest.shape.steps.description ?? ''),
})
export type WrittenRequest = z.infer<typeof writtenRequest>

const prices = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  cache_read: z.number().min(0),
  cache_write: z.number().min(0),
})

/** itemwise.yaml: what holds for every run of a workspace. */
export const workspaceSettings = modelSettings.omit({ output_schema: true, answer_format: true }).extend({
  prices: z
    .record(z.string(), prices)
    .describe('USD per million tokens, for models that the price table lacks.')
    .optional(),
  answer_timeout_seconds: z
    .number()
    .min(1)
    .max(86_400)
    .describe('Longest time for one answer, retries included. Default: 600.')
    .optional(),
  give_up_after_minutes: z
    .number()
    .min(0)
    .max(10_080)
    .describe(
      'A run waits so long for an API that is away (overloaded, out of order, not to be reached) before it ends; it can be resumed. Default: 60.',
    )
    .optional(),
  max_usd_per_month: z
    .number()
    .gt(0)
    .describe(
      'Most that all runs of the workspace together may cost in a month (UTC), in USD. Each run reserves its part when it begins. Default: no limit.',
    )
    .optional(),
  batch_worth_from: z
    .int()
    .min(1)
    .describe(
      'From so many items on, a step at half price asks for its first item live, to find out whether its settings are taken. Default: 20.',
    )
    .optional(),
  confirm_above_usd: z
    .number()
    .min(0)
    .describe('`run` and `rerun` ask first if they are likely to cost more than this, in USD. Default: they never ask.')
    .optional(),
  keep: keepSettings.describe('How prompts and single answers are kept.').optional(),
})
export type WorkspaceSettings = z.infer<typeof workspaceSettings>
export type KeepSettings = z.infer<typeof keepSettings>

/** Whom to tell when a run has ended. It may hold a secret address, so it is kept nowhere but in itemwise.yaml. */
export const onEnd = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .describe(
        'A line for the shell, run in the workspace on the machine whose command started or follows the run. The summary comes on stdin, as JSON.',
      ),
    webhook: z
      .url({ protocol: /^https?$/ })
      .describe(
        'An address to which the summary is posted as JSON. Its field `text` is a sentence, as Slack wants it.',
      ),
  })
  .partial()
export type OnEnd = z.infer<typeof onEnd>

/** itemwise.yaml as a person writes it. */
export const workspaceFile = workspaceSettings.extend({
  on_end: onEnd.describe('What to call when a run has ended, also if it failed.').optional(),
})
export type Prices = z.infer<typeof prices>

/** The names by which the usual labels are known; any other word is a label too. */
export const usualLabels = ['draft', 'alpha', 'beta', 'rc', 'final', 'deprecated'] as const
