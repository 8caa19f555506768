/** What the API takes and answers about reviews. */
import * as z from 'zod'
import { reviewActs } from '../core/review.ts'
import { rowFilter, standing } from './row-documents.ts'

/** A body of 2 MB has room for these. */
export const mostNamed = 5000
export const mostEdited = 100

const said = {
  comment: z.string().min(1).max(20_000).describe('Needed for the act comment.').optional(),
  by: z
    .string()
    .min(1)
    .max(200)
    .describe('Who says it. Default: whoever started the server. On AWS it is whoever signed the request.')
    .optional(),
}

const meant = z.strictObject({
  root_id: z.string().min(1),
  answer_sha256: z.string().length(64).describe('The answer that was read. If there is another one, nothing is noted.'),
  seen_at: z
    .string()
    .nullable()
    .describe(
      'The at that the row had, or null if nobody had said anything: if somebody said something since, nothing is noted. Left out: that does not matter.',
    )
    .optional(),
})

const act = z.enum(reviewActs).exclude(['edit'])
const named = z.strictObject({ act, ...said, items: z.array(meant).min(1).max(mostNamed) })
const chosen = z.strictObject({
  act,
  ...said,
  filter: rowFilter,
  total: z.int().min(1).describe('How many items the filter took: if it takes others now, nothing is noted.'),
})

const editing = z.strictObject({
  act: z.literal('edit'),
  ...said,
  items: z
    .array(
      meant.extend({
        answer: z
          .unknown()
          .describe('What it is to be, whole, with or without its ids: JSON, or a text if the step writes one.')
          .optional(),
      }),
    )
    .min(1)
    .max(mostEdited),
})

export const reviewBody = z.union([named, chosen, editing])
export const namedBody = named
export const chosenBody = chosen
export const editBody = editing

export const session = z.object({
  reviewer: z.string().nullable().describe('Who says what a review says that names nobody.'),
  target: z.enum(['local', 'aws']),
  workspace: z.string().nullable().describe('The name of the folder; null on AWS.'),
})

export const addedReviews = z.object({
  pipeline: z.string(),
  version: z.string(),
  step: z.int(),
  count: z.int().describe('How many answers it was said of. All of it is on the disk.'),
  by: z.string(),
  at: z.string().describe('UTC; the same for all of them.'),
})

/** `step` is in each: a version may have several. */
export const reviewPage = z.object({
  pipeline: z.string(),
  version: z.string(),
  step: z.int(),
  reviews: z.array(standing).describe('Answers of which somebody said something, in the order of the input.'),
  total: z.int(),
  from: z.int(),
})
