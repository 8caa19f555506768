/** What the acts say of an answer. The newest act about this very answer counts; acts about another answer are history. */
import type { Review } from '../review.ts'
import { actHash } from './act-hash.ts'

export type ReviewState = 'unreviewed' | 'approved' | 'flagged'

/** What is known of one answer. */
export interface Reviewed {
  state: ReviewState
  /** Whether somebody approved or flagged another answer of the item, and nobody this one. */
  stale: boolean
  /** The act that says it: of a stale one the newest about another answer. Null if nobody said anything. */
  act: Review | null
  /** The newest comment on this answer. */
  comment: string | null
}

/** The answer of an item in a step. */
export interface AnswerOf {
  step: number
  root_id: string
  /** Null if it has none. */
  answer_sha256: string | null
}

/** The acts of a pipeline, by what they are about. */
export class Acts {
  /** The newest time that an act has. */
  newest = ''
  /** How many there are. */
  count = 0
  readonly #byItem = new Map<string, Review[]>()

  static async of(acts: AsyncIterable<Review>): Promise<Acts> {
    const all = new Acts()
    for await (const act of acts) all.add(act)
    return all
  }

  /** Acts come in the order in which they were added. */
  add(act: Review): void {
    this.count += 1
    const key = keyOf(act)
    this.#byItem.set(key, [...(this.#byItem.get(key) ?? []), act])
    if (act.at > this.newest) this.newest = act.at
  }

  /** Whether anybody ever said anything of the item in this step. */
  has(item: Omit<AnswerOf, 'answer_sha256'>): boolean {
    return this.#byItem.has(keyOf(item))
  }

  /** All that was said of the item in this step, in the order in which it was added. */
  of(item: Omit<AnswerOf, 'answer_sha256'>): readonly Review[] {
    return this.#byItem.get(keyOf(item)) ?? []
  }

  about(answer: AnswerOf): Reviewed {
    const acts = (this.#byItem.get(keyOf(answer)) ?? []).toSorted(byTime)
    const [own, others] = [acts.filter((act) => !isAnother(act)), acts.filter(isAnother)]
    // A verdict ends what was said before it.
    const standing = own.slice(Math.max(0, own.findLastIndex(decides)))
    const comment = standing.findLast((act) => act.comment !== undefined)?.comment ?? null
    const act = standing.find(decides)
    if (act !== undefined) return { state: stateOf(act), stale: false, act, comment }
    const before = others.findLast(decides)
    if (before !== undefined && before.act !== 'clear')
      return { state: 'unreviewed', stale: true, act: before, comment: comment ?? before.comment ?? null }
    return { state: 'unreviewed', stale: false, act: own.at(-1) ?? null, comment }

    function isAnother({ answer_sha256 }: Review): boolean {
      return answer_sha256 !== answer.answer_sha256
    }
  }
}

/** Of acts of one moment the order must not depend on the place: where reviews were merged, it differs. */
function byTime(a: Review, b: Review): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  return actHash(a) < actHash(b) ? -1 : 1
}

function decides({ act }: Review): boolean {
  return act !== 'comment'
}

function stateOf({ act }: Review): ReviewState {
  if (act === 'clear') return 'unreviewed'
  return act === 'approve' ? 'approved' : 'flagged'
}

function keyOf({ step, root_id }: Pick<Review, 'step' | 'root_id'>): string {
  return `${step} ${root_id}`
}
