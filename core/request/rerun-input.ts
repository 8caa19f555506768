/** A rerun as JSON says it, by the API, on AWS, and from the command line. */
import * as z from 'zod'
import { RequestRefused } from '../errors.ts'
import { modelSettings, runRequest } from '../request.ts'
import { changesOf } from './changes-of-base.ts'
import type { GivenInputs } from './given-inputs.ts'
import { sampleOf, sampling } from './sampling.ts'
import type { RerunRequest } from './start.ts'

export const limit = z
  .number()
  .gt(0)
  .nullable()
  .describe('Most that the version may cost, in USD; null: no limit.')
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
  suggest: z
    .boolean()
    .default(false)
    .describe(
      'Edited answers stay, and a new one is asked for beside each that would be asked for again. The ledger line has it as suggestion.',
    ),
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
  prompts: z
    .record(z.string(), z.string().min(1))
    .describe(
      'New prompts, by prompt_name. A step without one has the prompt of its base if its request has one, else the file as it is today.',
    )
    .optional(),
  max_cost_usd: limit,
  ...runRequest.pick({ delivery: true, deadline: true, after_deadline: true }).shape,
})

export type RerunFields = z.input<typeof rerunFields>

/** What else `rerunOf` refuses, as JSON Schema. */
export const rerunChoosing = rerunFields.meta({
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
/** `inputs`: what was converted before. Throws RequestRefused if it does not say which items. */
export function rerunOf(fields: z.output<typeof rerunFields>, inputs: GivenInputs | undefined): RerunRequest {
  const { pipeline, ids, failed, changed, flagged, unreviewed, keep_approved, replace_edits, suggest } = fields
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
  if (suggest && replace_edits)
    throw new RequestRefused([
      'The rerun has both suggest (--suggest), by which edited answers stay, and replace_edits (--replace-edits), by which they are asked for again. Leave one of them out.',
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
    suggest,
    ...(where === undefined ? {} : { where }),
    ...(step === undefined ? {} : { step: String(step) }),
    ...(sample === undefined ? {} : { sample }),
    ...(status === undefined ? {} : { status }),
    ...(notes === undefined ? {} : { notes }),
    change: changesOf(fields, inputs),
    inputs,
  }
}
