/**
 * What the API takes and answers: the source of its types and of docs/openapi.json.
 * Long, since all that the API takes and answers, but for rows and reviews, is declared in this one place.
 */
import * as z from 'zod'
import { ledgerLine, metadata, spending, versionStates } from '../core/documents.ts'
import { modelSettings, runRequest } from '../core/request.ts'
import { review } from '../core/review.ts'
import { standing } from './row-documents.ts'

const executionArn = z.string().nullable().describe('null on a laptop.')

export const startedRun = z.object({
  run_id: z.string().describe('The id in run.json; on AWS also the name of the execution.'),
  execution_arn: executionArn,
})
export type StartedRun = z.infer<typeof startedRun>

export const stoppingRun = z.object({ run_id: z.string(), status: z.literal('stopping') })
export type StoppingRun = z.infer<typeof stoppingRun>

/** Where a run stands. */
export const runStates = ['running', 'completed', 'failed', 'aborted', 'refused', 'nothing_to_do'] as const

export const stepState = z.object({
  step: z.int(),
  items: z.int(),
  process: z.int().describe('Items to be asked for.'),
  carry: z.int().describe('Items whose answer comes from the base.'),
  skip: z.int().describe('Items left out by a filter.'),
  answered: z.int(),
  failed: z.int(),
  ...spending.shape,
})

export const runState = z.object({
  run_id: z.string(),
  execution_arn: executionArn,
  status: z.enum(runStates).describe('refused: nothing was begun; nothing_to_do: no item was left to ask for.'),
  pipeline: z.string().nullable().describe('null until the run has begun a version.'),
  version: z.string().nullable(),
  steps: z.array(stepState).describe('The steps that were planned so far. Counts are for display while it runs.'),
  cost_usd: z
    .number()
    .nullable()
    .describe(
      'USD so far; null if it is not known: the model has no known price, or a killed process left its sum open.',
    ),
  error: z
    .object({ name: z.string(), message: z.string() })
    .nullable()
    .describe('Why it was refused, failed or was aborted.'),
})
export type RunState = z.infer<typeof runState>
export type StepState = z.infer<typeof stepState>

export const listedRun = z.object({
  run_id: z.string(),
  execution_arn: executionArn,
  started: z.string().describe('UTC'),
  status: runState.shape.status,
  pipeline: runState.shape.pipeline,
  version: z.string().nullable(),
})
export type ListedRun = z.infer<typeof listedRun>

const amount = z.object({ low: z.number(), likely: z.number(), high: z.number() })

export const estimateDocument = z.object({
  pipeline: z.string().nullable().describe('null: a one-off.'),
  mode: metadata.shape.mode,
  base: z.string().nullable(),
  continues: z.string().nullable().describe('The version that would be continued in place.'),
  requests: z.int().describe('Of the steps for which that is known.'),
  cost_usd: amount.nullable().describe('USD; null if a model has no known price.'),
  incomplete: z.boolean().describe('Whether what some step asks for is known only when the step before has answered.'),
  live_seconds: z.number().nullable().describe('How long it takes, as far as that can be guessed.'),
  steps: z.array(
    z.object({
      step: z.int(),
      items: z.int(),
      process: z.int(),
      carry: z.int(),
      skip: z.int(),
      known: z.boolean(),
      input_tokens: amount.nullable(),
      output_tokens: amount.nullable(),
      cost_usd: amount.nullable(),
    }),
  ),
  warnings: z.array(z.string()),
  first_prompt: z
    .object({ step: z.int(), item_id: z.string(), prompt: z.string() })
    .nullable()
    .describe('The first prompt that would be sent, if its item is known.'),
})

export const tryBody = z.strictObject({
  root_id: z.string().min(1).describe('The item.'),
  template: z
    .string()
    .min(1)
    .max(200_000)
    .describe('In the place of the template of the step. Default: the one it has.')
    .optional(),
  model: modelSettings.shape.model,
  ask: z.boolean().describe('false: only what would be sent and cost; true: it is asked for, as a one-off run.'),
  offline: z.boolean().describe('An answer made up by the stand-in: no model, no cost.').optional(),
  max_cost_usd: z.number().gt(0).optional(),
})

export const tryDocument = z.object({
  estimate: estimateDocument,
  run_id: z
    .string()
    .nullable()
    .describe(
      'The one-off run; its answer is that of the item in the version run_id of the pipeline _runs. null: not asked.',
    ),
})

export const templateBody = z.strictObject({
  text: z.string().min(1).max(200_000).describe('The whole file, with its front matter if it has one.'),
  replaces: z
    .string()
    .length(64)
    .nullable()
    .describe('sha256 of the file that it replaces; null: there is none. If there is another one, nothing is saved.'),
})

const templateFile = {
  prompt_name: z.string(),
  path: z.string().describe('In the workspace.'),
  sha256: z.string().describe('Of the file.'),
}
export const templateDocument = z.object({ ...templateFile, text: z.string() })
export const savedTemplate = z.object(templateFile)

export const resumeBody = z.strictObject({
  max_cost_usd: z
    .number()
    .gt(0)
    .nullable()
    .describe('The limit of the version from now on, in USD; null: none. Default: the one it has.')
    .optional(),
  max_concurrency: modelSettings.shape.max_concurrency.describe(
    'The most requests at a time in every step from now on. Default: as many as the version was begun with.',
  ),
})

export const versionDocument = z.object({
  ...metadata.shape,
  alive: z.boolean().describe('false if it says running and its run is gone.'),
  folder: z.string().describe('Where its files are in the bucket.'),
})

/** Logs would make a page of versions larger than a Lambda may answer. */
export const listedVersion = versionDocument.omit({ logs: true })

const next = z.string().nullable().describe('Hand it on as ?next= for the next page; null on the last.')

export const pipelinePage = z.object({
  pipelines: z.array(
    z.object({
      pipeline: z.string(),
      latest: z.string().nullable(),
      record: listedVersion
        .nullable()
        .describe('That of the latest version; null if there is none, or if it is damaged.'),
      running: z
        .array(listedVersion.extend({ run_id: z.string().nullable().describe('null if the version does not say it.') }))
        .describe('Those of the last five versions that are being run, newest first.'),
    }),
  ),
  next,
})
export const versionPage = z.object({
  pipeline: z.string(),
  latest: z.string().nullable().describe('The highest completed version.'),
  versions: z.array(listedVersion).describe('Newest first.'),
  unreadable: z.array(z.string()).describe('What is wrong with records of this page that are damaged.').optional(),
  next,
})

export const runPage = z.object({
  runs: z
    .array(listedRun)
    .describe('Newest first; with a filter fewer than asked for, even none, before the last page.'),
  next,
})

export const itemStates = ledgerLine.shape.state.options
const itemLine = ledgerLine.omit({ line_check: true })

export const itemPage = z.object({
  pipeline: z.string(),
  version: z.string(),
  step: z.int(),
  items: z
    .array(itemLine)
    .describe(
      'Lines of the ledger, in the order of the input; with ?state= fewer than asked for before the last page.',
    ),
  next,
})

export const itemDocument = z.object({
  pipeline: z.string(),
  version: z.string(),
  item_id: z.string().describe('As it was asked for.'),
  steps: z.array(
    z.object({
      step: z.int(),
      prompt_name: z.string(),
      line: itemLine.nullable().describe('Its line of the ledger; null if the step has none.'),
      answering_line: itemLine
        .nullable()
        .describe(
          'The line of the version that asked for the answer, with what was spent on it; null if this one did.',
        ),
      prompt_version: z.string().describe('The version whose prompt this is.'),
      prompt: z.string().nullable().describe('What was sent.'),
      prompt_edited: z.literal(true).describe('If the kept prompt differs from the one that was sent.').optional(),
      prompt_sha256: z.string().describe('Of what was sent, if the version keeps no prompts.').optional(),
      prompt_path: z.string(),
      answer: z.string().nullable().describe('As JSON text, or the text of a single call.'),
      edited: z
        .object({ path: z.string(), written: z.string().nullable() })
        .describe('If a person edited the answer: where, and what was written.')
        .optional(),
      edited_file: z.string().describe("The item's own file, if a person edited it.").optional(),
      reply: z.string().nullable().describe('What came back, if it could not be used.'),
      prompt_parts: z
        .array(
          z.object({
            text: z.string(),
            from: z.string().nullable().describe('The variable that it came from; null: it stands in the template.'),
          }),
        )
        .nullable()
        .describe('The prompt in parts; null if it is not kept, or does not fit the template.'),
      standing: standing.nullable().describe('How its answer is reviewed; null without a line of the ledger.'),
      acts: z
        .array(review)
        .describe('All that was said of the item in this step, about any of its answers, oldest first.'),
    }),
  ),
})

export const itemStory = z.object({
  pipeline: z.string(),
  root_id: z.string(),
  step: z.int(),
  versions: z
    .array(
      z.object({
        version: z.string(),
        timestamp: z.string().describe('local time of the start, without offset'),
        pipeline_status: z.string().describe('The label.'),
        status: z.enum(versionStates),
        line: itemLine.nullable().describe('null if the version has no such item, or not yet.'),
        answer: z.string().nullable(),
        same_as_before: z
          .boolean()
          .nullable()
          .describe('Whether the version before has the same answer; null if one of both has none.'),
        standing: standing.nullable(),
      }),
    )
    .describe('Newest first.'),
  next,
})

export const labelBody = z
  .strictObject({
    pipeline_status: runRequest.shape.pipeline_status,
    notes: z.string().nullable().describe('null takes them away.').optional(),
  })
  .meta({ minProperties: 1 })
