/** What people did with the latest version of a pipeline that a fresh run leaves behind. */
import type { Store } from '../store.ts'
import { editedIn } from './keep-edits.ts'
import { isReviewed } from './open-reviews.ts'
import { reviewedItems } from './step-reviews.ts'

/** `v1, the latest of words, holds 3 edited and 12 approved answers. …`; null if there are none. */
export async function leftBehindText(store: Store, pipeline: string): Promise<string | null> {
  const latest = await store.latest(pipeline)
  if (latest === undefined) return null
  const ref = { pipeline, version: latest }
  const edited = await editedIn(store, ref)
  let [approved, waiting] = [0, 0]
  if (await isReviewed(store, pipeline))
    for await (const { state, edit } of reviewedItems(store, ref)) {
      if (state === 'approved') approved += 1
      if (edit === 'waiting') waiting += 1
    }
  const held = [
    ...(edited === 0 ? [] : [`${edited} edited`]),
    ...(approved === 0 ? [] : [`${approved} approved`]),
    ...(waiting === 0 ? [] : [`${waiting} not yet applied edits of`]),
  ]
  if (held.length === 0) return null
  const last = held.pop()
  const what = held.length === 0 ? last : `${held.join(', ')} and ${last}`
  return `${latest}, the latest version of ${pipeline}, has ${what} answers. A fresh run asks for everything again and has none of that; \`itemwise rerun ${pipeline} --changed\` keeps ${edited > 0 ? 'what was edited' : 'what has not changed'}.`
}
