/** A version of edits as JSON says it, by the API, on AWS, and from the command line. */
import * as z from 'zod'
import { modelSettings } from '../request.ts'
import { changesOf } from './changes-of-base.ts'
import { limit } from './rerun-input.ts'
import type { ApplyRequest } from './start.ts'

/** The fields of a version of edits. */
export const applyFields = z.strictObject({
  pipeline: z.string().min(1).describe('The full name of the pipeline.'),
  base: z.string().default('latest').describe('The version to put the edits into.'),
  stale: z.boolean().default(false).describe('Edits, too, whose item has got another answer since.'),
  later_steps: z.boolean().default(true).describe('Whether later steps ask again for the items whose input is edited.'),
  status: z.string().min(1).max(40).describe('The label of the new version.').optional(),
  notes: z.string().optional(),
  max_concurrency: modelSettings.shape.max_concurrency,
  max_cost_usd: limit,
})

export type ApplyFields = z.input<typeof applyFields>

export function applyOf(fields: z.output<typeof applyFields>): ApplyRequest {
  const { pipeline, base, stale, later_steps, status, notes } = fields
  return {
    ...{ pipeline, base, stale, later_steps, change: changesOf(fields, undefined) },
    ...(status === undefined ? {} : { status }),
    ...(notes === undefined ? {} : { notes }),
  }
}
