/** What the API takes and answers: the source of its types and of docs/openapi.json. */
import * as z from 'zod'
import { metadata, spending } from '../core/documents.ts'
import { runRequest } from '../core/request.ts'

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

export const resumeBody = z.strictObject({
  max_cost_usd: z
    .number()
    .gt(0)
    .nullable()
    .describe('The limit of the version from now on, in USD; null: none. Default: the one it has.')
    .optional(),
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
  pipelines: z.array(z.object({ pipeline: z.string(), latest: z.string().nullable() })),
  next,
})
export const versionPage = z.object({
  pipeline: z.string(),
  latest: z.string().nullable().describe('The highest completed version.'),
  versions: z.array(listedVersion).describe('Newest first.'),
  unreadable: z.array(z.string()).describe('What is wrong with records of this page that are damaged.').optional(),
  next,
})

export const labelBody = z
  .strictObject({
    pipeline_status: runRequest.shape.pipeline_status,
    notes: z.string().nullable().describe('null takes them away.').optional(),
  })
  .meta({ minProperties: 1 })
