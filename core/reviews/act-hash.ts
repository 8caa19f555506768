/** By which an act is known again in another place. */
import type { Review } from '../review.ts'
import { sha256 } from '../text/ids.ts'
import { sortedJson } from '../text/sorted-json.ts'

export function actHash(act: Review): string {
  return sha256(sortedJson(act))
}

/** Those of the acts that are not among the known ones, each once. */
export async function actsNotIn(known: AsyncIterable<Review>, acts: readonly Review[]): Promise<Review[]> {
  const there = new Set<string>()
  for await (const act of known) there.add(actHash(act))
  return acts.filter((act) => {
    const hash = actHash(act)
    return !there.has(hash) && there.add(hash)
  })
}
