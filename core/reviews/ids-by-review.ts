/** Which items of a base a rerun takes by what people said of their answers. */
import { NothingToDo } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { reviewedItems } from './step-reviews.ts'

export interface ByReview {
  /** Items with a flagged answer. */
  flagged: boolean
  /** Items with an answer that nobody approved or flagged. */
  unreviewed: boolean
  /** The step that is meant. Default: of flags any step; else the last, whose answers people read. */
  step: number | undefined
  lastStep: number
  /** Only of these; null: of all. */
  ids: readonly string[] | null
}

/** Their root ids. Throws NothingToDo if there are none, RequestRefused. */
export async function idsByReview(store: Store, ref: VersionRef, wanted: ByReview): Promise<string[]> {
  const { flagged, unreviewed, step, lastStep } = wanted
  const among = wanted.ids === null ? null : new Set(wanted.ids)
  const ids = new Set<string>()
  for await (const item of reviewedItems(store, ref)) {
    if (among !== null && !among.has(item.line.root_id)) continue
    const isFlagged = flagged && item.state === 'flagged' && item.step === (step ?? item.step)
    const isUnreviewed = unreviewed && item.state === 'unreviewed' && item.step === (step ?? lastStep)
    if (isFlagged || isUnreviewed) ids.add(item.line.root_id)
  }
  if (ids.size > 0) return [...ids]
  const what = [...(flagged ? ['flagged'] : []), ...(unreviewed ? ['unreviewed'] : [])].join(' or ')
  const where = step === undefined ? '' : ` in step ${step}`
  throw new NothingToDo(
    `${ref.version} of ${ref.pipeline} has no ${what} items${where}${among === null ? '' : ' among those chosen'}. Nothing was started.`,
  )
}
