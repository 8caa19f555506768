/** What stands against a version: answers that are flagged, and answers that nobody has reviewed. */
import type { Store, VersionRef } from '../store.ts'
import { someOf } from '../text/nearest.ts'
import { versionSteps } from '../versions/version-steps.ts'
import { reviewBook } from './review-book.ts'
import { reviewedItems } from './step-reviews.ts'

export interface OpenReviews {
  /** Root ids of items with a flagged answer in any step. */
  flagged: string[]
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
  const unreviewed: string[] = []
  for await (const { step, state, line } of reviewedItems(store, ref)) {
    if (state === 'flagged') flagged.add(line.root_id)
    else if (state === 'unreviewed' && step === last) unreviewed.push(line.root_id)
  }
  return { flagged: [...flagged], unreviewed: unreviewed.filter((id) => !flagged.has(id)) }
}

/** `1 flagged (4002), and 2 that nobody has reviewed (4001, 4003)`; null if nothing stands against it. */
export function openReviewsText({ flagged, unreviewed }: OpenReviews): string | null {
  const parts = [
    ...(flagged.length === 0 ? [] : [`${flagged.length} flagged (${someOf(flagged)})`]),
    ...(unreviewed.length === 0 ? [] : [`${unreviewed.length} that nobody has reviewed (${someOf(unreviewed)})`]),
  ]
  return parts.length === 0 ? null : parts.join(', and ')
}
