/** How a request asks for a sample of the items. */
import * as z from 'zod'
import { usualSeed } from '../choice/sample.ts'
import type { SampleSize } from '../documents.ts'
import { RequestRefused } from '../errors.ts'

export const sampling = {
  sample: z.int().min(1).describe('Only so many of these items, drawn by chance.').optional(),
  seed: z.int().min(0).describe('The same seed draws the same items. Default: 1.').optional(),
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
