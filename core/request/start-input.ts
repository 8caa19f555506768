/** What starts a run by the API or on AWS. A bare run request is one. How it comes to an execution: execution-input.ts. */
import * as z from 'zod'
import { RequestRefused } from '../errors.ts'
import { modelSettings, writtenRequest } from '../request.ts'
import { describeIssues } from '../text/issues.ts'
import { isObject } from '../text/json.ts'
import { settleNumbers } from '../text/written-numbers.ts'
import { applyFields, applyOf } from './apply-input.ts'
import { givenInputs } from './given-inputs.ts'
import { limit, rerunChoosing, rerunFields, rerunOf } from './rerun-input.ts'
import { sampleOf, sampling } from './sampling.ts'
import type { Start } from './start.ts'

const offline = z.boolean().describe('Answers made up by the stand-in: no model, no cost.').optional()
const inputs = givenInputs
  .describe('What the command line has converted before, by the number of the step. Nobody else writes it.')
  .optional()

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
/** The forms of which it can be said what they would cost. */
export const estimateInput = z.union([
  writtenRequest,
  runInput.extend({ request: writtenRequest }),
  rerunInput.extend({ rerun: rerunChoosing }),
  applyInput,
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
    return { start: { kind: 'rerun', rerun: rerunOf(rerun, inputs) }, offline }
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

function parsed<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input, { reportInput: true })
  if (result.success) return result.data
  throw new RequestRefused(describeIssues(result.error, schema, 'The input'))
}
