/** The highest position that an item of a step ever had in a pipeline, so that a new item gets an unused one. */
import type { Store } from '../store.ts'
import { highestOfVersion } from '../versions/highest-of-version.ts'
import { tombstones } from '../versions/tombstone.ts'

/** Looks at every version there is, and at what is left of those that were removed; 0 if there is none. Throws RequestRefused for a line that is cut off. */
export async function highestIndex(store: Store, pipeline: string, step: number): Promise<number> {
  let highest = 0
  for (const version of await store.versions(pipeline))
    highest = Math.max(highest, await highestOfVersion(store, { pipeline, version }, step))
  for (const { steps } of await tombstones(store, pipeline)) {
    const removed = steps.find((one) => one.step === step)
    if (removed !== undefined) highest = Math.max(highest, removed.highest_item_index)
  }
  return highest
}
