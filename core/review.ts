/** A review: what a person said of one answer. */
import * as z from 'zod'

export const reviewActs = ['approve', 'flag', 'edit', 'comment', 'clear'] as const

/** One act of a person: a line of outputs/<pipeline>/reviews.jsonl. None is ever changed or removed. */
export const review = z.object({
  at: z.string().describe('UTC'),
  by: z.string().describe('who said it'),
  step: z.int(),
  root_id: z.string(),
  item_id: z.string(),
  version: z.string().describe('the version in which the answer was read'),
  answer_sha256: z.string().describe('the answer that is meant, as in the ledger; another answer is not reviewed yet'),
  input_sha256: z
    .string()
    .nullable()
    .optional()
    .describe(
      'of an edit: what the answer was made from, as it was then: the item, or the answer of the step before; null if it could not be read',
    ),
  act: z.enum(reviewActs),
  comment: z.string().optional(),
  answer: z.unknown().optional().describe('of an edit: the whole answer that is to stand there, with its ids'),
  edited_sha256: z.string().optional().describe('of an edit: the checksum that its answer has when it is applied'),
})
export type Review = z.infer<typeof review>

/** The reviews of a place. */
export interface ReviewBook {
  /**
   * Adds acts, all of them or none; acts of several processes at once all stay. Once it has resolved, a killed process loses
   * none. Throws StoreUnwritable.
   */
  add(pipeline: string, acts: readonly Review[]): Promise<void>
  /**
   * Adds those of the acts that are not there, all of them or none, and returns how many these are. An act is never there twice, also if
   * several merge at once. Throws StoreUnwritable, and RunFailed as `all` does.
   */
  merge(pipeline: string, acts: readonly Review[]): Promise<number>
  /** All acts, in the order in which they were added; none if there are none. Throws RunFailed for one that cannot be read. */
  all(pipeline: string): AsyncIterable<Review>
  /**
   * The acts that were added since a mark was given, and the mark of now; null: all acts. Undefined if what stood there before the mark is
   * not there any more: then all acts are to be read again. Absent if there is no cheaper way than to read all.
   */
  since?(pipeline: string, mark: string | null): Promise<{ acts: Review[]; mark: string } | undefined>
  /**
   * The same as `add` if nobody has added anything since a mark was given. False: somebody has, and nothing is added. There where `since` is.
   */
  addAfter?(pipeline: string, mark: string, acts: readonly Review[]): Promise<boolean>
}

/** Where a folder keeps the reviews of a pipeline. */
export function reviewsPath(pipeline: string): string {
  return `outputs/${pipeline}/reviews.jsonl`
}

/**
 * Where a bucket keeps acts that are too long for a record of the table. `number`: that of the record; `hash`: of the acts, as two writers may
 * try for the same number.
 */
export function longReviewsPath(pipeline: string, number: number, hash: string): string {
  return `outputs/${pipeline}/reviews/${String(number).padStart(8, '0')}-${hash.slice(0, 16)}.jsonl`
}
