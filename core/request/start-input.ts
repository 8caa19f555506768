/** What starts a run by the API or on AWS. A bare run request is one. How it comes to an execution: execution-input.ts. */
import * as z from 'zod'
import { usualSeed } from '../choice/sample.ts'
import type { SampleSize } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import { modelSettings, type RunRequest, runRequest, writtenRequest } from '../request.ts'
import { describeIssues } from '../text/issues.ts'
import { isObject } from '../text/json.ts'
import { settleNumbers } from '../text/written-numbers.ts'
import { givenInputs } from './given-inputs.ts'
import type { ApplyRequest, RerunRequest, Start } from './start.ts'

const offline = z.boolean().describe('Answers made up by the stand-in: no model, no cost.').optional()
const sampling = {
  sample: z.int().min(1).describe('Only so many of these items, drawn by chance.').optional(),
  seed: z.int().min(0).describe('The same seed draws the same items. Default: 1.').optional(),
}
const limit = z.number().gt(0).nullable().describe('Most that the version may cost, in USD; null: no limit.').optional()

const inputs = givenInputs
  .describe('What the command line has converted before, by the number of the step. Nobody else writes it.')
  .optional()

/** The fields of a rerun. */
export const rerunFields = z.strictObject({
  pipeline: z.string().min(1).describe('The full name of the pipeline.'),
  ids: z
    .array(z.union([z.string(), z.number()]))
    .nullable()
    .default(null)
    .describe('Only these items; null: all.'),
  failed: z.boolean().default(false).describe('The items that failed.'),
  changed: z.boolean().default(false).describe('Items whose prompt or settings have changed.'),
  flagged: z.boolean().default(false).describe('The items with a flagged answer.'),
  unreviewed: z.boolean().default(false).describe('The items whose last answer nobody has approved or flagged.'),
  keep_approved: z
    .boolean()
    .default(false)
    .describe('No items with an approved answer; one that ids names is refused.'),
  replace_edits: z
    .boolean()
    .default(false)
    .describe('Edited answers may be asked for again, too. Without it they stay, and one that ids names is refused.'),
  where: z
    .string()
    .min(1)
    .describe('Of these only the items that this JSONata expression takes, over item, answer and ledger.')
    .optional(),
  step: z
    .union([z.int(), z.string().min(1)])
    .describe(
      'The step whose answers where, flagged and unreviewed mean, by number or prompt. Default: the last; of flagged any.',
    )
    .optional(),
  ...sampling,
  base: z.string().default('latest').describe('The version to start from.'),
  status: z.string().min(1).max(40).describe('The label of the new version.').optional(),
  notes: z.string().optional(),
  model: modelSettings.shape.model,
  max_concurrency: modelSettings.shape.max_concurrency,
  max_cost_usd: limit,
  ...runRequest.pick({ delivery: true, deadline: true, after_deadline: true }).shape,
})

/** The fields of a version of edits. */
const applyFields = z.strictObject({
  pipeline: z.string().min(1).describe('The full name of the pipeline.'),
  base: z.string().default('latest').describe('The version to put the edits into.'),
  stale: z.boolean().default(false).describe('Edits, too, whose item has got another answer since.'),
  later_steps: z.boolean().default(true).describe('Whether later steps ask again for the items whose input is edited.'),
  status: z.string().min(1).max(40).describe('The label of the new version.').optional(),
  notes: z.string().optional(),
  max_concurrency: modelSettings.shape.max_concurrency,
  max_cost_usd: limit,
})

const resumeFields = z.strictObject({
  pipeline: z.string().min(1).describe('The full name of the pipeline, or the id of a one-off run.'),
  version: z
    .string()
    .regex(/^v\d+$/, 'a version such as v3')
    .optional(),
  max_cost_usd: limit,
  max_concurrency: modelSettings.shape.max_concurrency,
})

/** A run request with the options of the command line. */
const runInput = z.strictObject({
  request: z.unknown().describe('The run request.'),
  first: z.int().min(1).describe('The first n items only, as a one-off.').optional(),
  one_off: z.boolean().describe('Keep it as a one-off that is not listed, although it has a pipeline_name.').optional(),
  ...sampling,
  offline,
  inputs,
})
const rerunInput = z.strictObject({ rerun: rerunFields, offline, inputs })
/** What else `rerunOf` refuses, as JSON Schema. */
const rerunChoosing = rerunFields.meta({
  anyOf: [
    { required: ['ids'], properties: { ids: { type: 'array' } } },
    { required: ['failed'], properties: { failed: { const: true } } },
    { required: ['changed'], properties: { changed: { const: true } } },
    { required: ['flagged'], properties: { flagged: { const: true } } },
    { required: ['unreviewed'], properties: { unreviewed: { const: true } } },
    { required: ['where'] },
    { required: ['sample'] },
  ],
})
const applyInput = z.strictObject({ apply: applyFields, offline })
const resumeInput = z.strictObject({ resume: resumeFields, offline })

/** Every form of the input, for the API's description: what `open` finds wrong in a run request is in it, too. */
export const startInput = z.union([
  writtenRequest,
  runInput.extend({ request: writtenRequest }),
  rerunInput.extend({ rerun: rerunChoosing }),
  applyInput,
  resumeInput,
])
export type StartInput = z.input<
  typeof writtenRequest | typeof runInput | typeof rerunInput | typeof applyInput | typeof resumeInput
>

/** Reads a run's input. What is wrong in a run request itself is left to `open`. Throws RequestRefused. */
export function startOf(input: unknown): { start: Start; offline: boolean } {
  if (!isObject(input)) {
    throw new RequestRefused([
      'The input is not an object. Expected a run request, or an object with request, rerun, apply or resume. Put the request there as JSON.',
    ])
  }
  if (isObject(input.rerun)) {
    const { problems } = settleNumbers(input, 'The input')
    if (problems.length > 0) throw new RequestRefused(problems)
    const { rerun, offline = false, inputs } = parsed(rerunInput, input)
    return { start: { kind: 'rerun', rerun: { ...rerunOf(rerun), inputs } }, offline }
  }
  if (isObject(input.apply)) {
    const { problems } = settleNumbers(input, 'The input')
    if (problems.length > 0) throw new RequestRefused(problems)
    const { apply, offline = false } = parsed(applyInput, input)
    return { start: { kind: 'apply', apply: applyOf(apply) }, offline }
  }
  if (isObject(input.resume)) {
    const { resume, offline = false } = parsed(resumeInput, input)
    return { start: { kind: 'resume', resume }, offline }
  }
  if (!('request' in input)) return { start: { kind: 'run', request: input }, offline: false }
  const { request, first, one_off, offline = false, inputs, ...drawn } = parsed(runInput, input)
  return { start: { kind: 'run', request, first, one_off, sample: sampleOf(drawn), inputs }, offline }
}

/** What is drawn by chance; undefined for all. Throws RequestRefused for a seed without a sample. */
export function sampleOf({
  sample,
  seed,
}: {
  sample?: number | undefined
  seed?: number | undefined
}): SampleSize | undefined {
  if (sample !== undefined) return { count: sample, seed: seed ?? usualSeed }
  if (seed === undefined) return undefined
  throw new RequestRefused([
    'There is a seed (--seed), but no sample. Say how many items to draw (--sample 50), or leave the seed out.',
  ])
}

function parsed<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input, { reportInput: true })
  if (result.success) return result.data
  throw new RequestRefused(describeIssues(result.error, schema, 'The input'))
}

function rerunOf(fields: z.output<typeof rerunFields>): RerunRequest {
  const { pipeline, ids, failed, changed, flagged, unreviewed, keep_approved, replace_edits } = fields
  const { where, step, base, status, notes } = fields
  const sample = sampleOf(fields)
  const byAnswer = where !== undefined || flagged || unreviewed
  if (ids === null && !failed && !changed && !byAnswer && sample === undefined)
    throw new RequestRefused([
      'The rerun does not say which items. Name them in ids, set failed, changed, flagged or unreviewed to true, or choose them by where or sample.',
    ])
  if (step !== undefined && !byAnswer)
    throw new RequestRefused([
      'The rerun has a step, but neither where nor flagged nor unreviewed. Its step says which answers they mean; leave it out.',
    ])
  return {
    pipeline,
    ids: ids?.map(String) ?? null,
    failed,
    changed,
    base,
    flagged,
    unreviewed,
    keep_approved,
    replace_edits,
    ...(where === undefined ? {} : { where }),
    ...(step === undefined ? {} : { step: String(step) }),
    ...(sample === undefined ? {} : { sample }),
    ...(status === undefined ? {} : { status }),
    ...(notes === undefined ? {} : { notes }),
    change: changesOf(fields),
  }
}

function applyOf(fields: z.output<typeof applyFields>): ApplyRequest {
  const { pipeline, base, stale, later_steps, status, notes } = fields
  return {
    ...{ pipeline, base, stale, later_steps, change: changesOf(fields) },
    ...(status === undefined ? {} : { status }),
    ...(notes === undefined ? {} : { notes }),
  }
}

type Changes = Partial<Pick<z.output<typeof rerunFields>, 'model' | 'delivery' | 'deadline' | 'after_deadline'>> &
  Pick<z.output<typeof rerunFields>, 'max_concurrency' | 'max_cost_usd'>

/** What a run on a base changes of its request. */
function changesOf(fields: Changes): (request: RunRequest) => RunRequest {
  const { model, max_concurrency, max_cost_usd, delivery, deadline, after_deadline } = fields
  const settings = {
    ...(model === undefined ? {} : { model }),
    ...(max_concurrency === undefined ? {} : { max_concurrency }),
  }
  const limit = max_cost_usd === undefined ? {} : { max_cost_usd: max_cost_usd ?? undefined }
  const batches = {
    ...(delivery && { delivery }),
    ...(deadline !== undefined && { deadline }),
    ...(after_deadline && { after_deadline }),
  }
  return (request) => ({
    ...request,
    ...limit,
    ...batches,
    steps: request.steps.map((step) => ({ ...step, ...settings })),
  })
}
