/** Brings what people said in one place to another. Both then come to the same states: the newest act counts, wherever it was said. */
import type { Review } from '../review.ts'
import type { Store } from '../store.ts'
import { actLine } from './act-line.ts'

/** Acts that are handed over at once: so many characters of lines, or a single act that is longer. */
const mostCharacters = 16_000_000

/** Returns how many acts were new there. */
export async function mergeReviews(from: Store, to: Store, pipeline: string): Promise<number> {
  let merged = 0
  for await (const acts of inGroups(from.reviews.all(pipeline))) merged += await to.reviews.merge(pipeline, acts)
  return merged
}

async function* inGroups(acts: AsyncIterable<Review>): AsyncGenerator<Review[]> {
  let group: Review[] = []
  let characters = 0
  for await (const act of acts) {
    const { length } = actLine(act)
    if (group.length > 0 && characters + length > mostCharacters) {
      yield group
      group = []
      characters = 0
    }
    group.push(act)
    characters += length
  }
  if (group.length > 0) yield group
}

/** `3 reviews`, `1 review`. */
export function reviewsText(count: number): string {
  return `${count} review${count === 1 ? '' : 's'}`
}
