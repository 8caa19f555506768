/** What is reviewed of an item in a step. */
import type { ItemStep } from '../api/shapes.ts'
import type { Answer } from '../state/reviews.ts'

/** Null if there is no answer. */
export function answerOf({ answer, standing }: ItemStep): Answer | null {
  if (answer === null || standing === null) return null
  const { root_id, answer_sha256, ...said } = standing
  return { root_id, answer_sha256, said }
}
