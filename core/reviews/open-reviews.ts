/** What stands against a version: answers that are flagged, edits that wait, and answers that nobody has reviewed. */
import type { Store, VersionRef } from '../store.ts'
import { someOf } from '../text/nearest.ts'
import { versionSteps } from '../versions/version-steps.ts'
import { reviewBook } from './review-book.ts'
import { reviewedItems } from './step-reviews.ts'

export interface OpenReviews {
  /** Root ids of items with a flagged answer in any step. */
  flagged: string[]
  /** Those with an edited answer that waits for `apply`, in any step. */
  waiting: string[]
  /** Those whose answer in the last step nobody has approved or flagged. */
  unreviewed: string[]
}

/** Whether anybody has ever reviewed an answer of the pipeline. Throws RequestRefused for one-off runs. */
export async function isReviewed(store: Store, pipeline: string): Promise<boolean> {
  for await (const _act of reviewBook(store, pipeline).all(pipeline)) return true
  return false
}

/** Throws RequestRefused for one-off runs. */
export async function openReviews(store: Store, ref: VersionRef): Promise<OpenReviews> {
  const last = (await versionSteps(store, ref)).at(-1)?.step
  const flagged = new Set<string>()
  const waiting = new Set<string>()
  const unreviewed: string[] = []
  for await (const { step, state, line, edit } of reviewedItems(store, ref)) {
    if (state === 'flagged') flagged.add(line.root_id)
    else if (edit === 'waiting') waiting.add(line.root_id)
    else if (state === 'unreviewed' && step === last) unreviewed.push(line.root_id)
  }
  return {
    flagged: [...flagged],
    waiting: [...waiting].filter((id) => !flagged.has(id)),
    unreviewed: unreviewed.filter((id) => !flagged.has(id) && !waiting.has(id)),
  }
}

/** `1 flagged (4002), and 2 that nobody has reviewed (4001, 4003)`; null if nothing stands against it. */
export function openReviewsText({ flagged, waiting, unreviewed }: OpenReviews): string | null {
  const parts = [
    ...(flagged.length === 0 ? [] : [`${flagged.length} flagged (${someOf(flagged)})`]),
    ...(waiting.length === 0 ? [] : [`${waiting.length} with an edit that is not applied (${someOf(waiting)})`]),
    ...(unreviewed.length === 0 ? [] : [`${unreviewed.length} that nobody has reviewed (${someOf(unreviewed)})`]),
  ]
  return parts.length === 0 ? null : parts.join(', and ')
}
