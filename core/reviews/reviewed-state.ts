/** What the acts say of an answer. The newest act about this very answer counts; acts about another answer are history. */
import type { Review } from '../review.ts'
import { actHash } from './act-hash.ts'

export type ReviewState = 'unreviewed' | 'approved' | 'flagged' | 'edited'

/** What is known of one answer. */
export interface Reviewed {
  state: ReviewState
  /**
   * Whether somebody approved, flagged or edited another answer of the item, and nobody this one; of an edited one also whether its
   * input has changed since.
   */
  stale: boolean
  /** The act that says it: of a stale one the newest about another answer. Null if nobody said anything. */
  act: Review | null
  /** The newest comment on this answer. */
  comment: string | null
  /** Of an edit: whether it stands in the array, or waits for `apply`. Absent of any other state. */
  edit?: 'applied' | 'waiting'
}

/** The answer of an item in a step. */
export interface AnswerOf {
  step: number
  root_id: string
  /** Null if it has none. */
  answer_sha256: string | null
  /** Who wrote it, if a person did. */
  edited_by?: string | undefined
}

/** The acts of a pipeline, by what they are about. */
export class Acts {
  /** The newest time that an act has. */
  newest = ''
  /** All of them, in the order in which they were added. */
  readonly #all: Review[] = []
  readonly #byItem = new Map<string, Review[]>()
  /** Of each item that was ever edited the first edit. */
  readonly #edits = new Map<string, Review>()
  /** The keys of edits that versions have put in place. */
  applied: ReadonlySet<string> = new Set()

  static async of(acts: AsyncIterable<Review>): Promise<Acts> {
    const all = new Acts()
    for await (const act of acts) all.add(act)
    return all
  }

  /** Acts come in the order in which they were added. */
  add(act: Review): void {
    this.#all.push(act)
    const key = keyOf(act)
    if (act.act === 'edit' && !this.#edits.has(key)) this.#edits.set(key, act)
    const ofItem = this.#byItem.get(key)
    if (ofItem === undefined) this.#byItem.set(key, [act])
    else ofItem.push(act)
    if (act.at > this.newest) this.newest = act.at
  }

  /** How many there are. */
  get count(): number {
    return this.#all.length
  }

  /** Whether any of them is an edit. */
  get hasEdits(): boolean {
    return this.#edits.size > 0
  }

  /** Those that were added when there were so many. */
  after(count: number): readonly Review[] {
    return this.#all.slice(count)
  }

  /** The items of a step of which an answer was ever edited. */
  edited(step: number): Pick<Review, 'item_id' | 'root_id'>[] {
    return [...this.#edits.values()].filter((act) => act.step === step)
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
    if (act?.act === 'edit')
      return { state: 'edited', stale: false, act, comment, edit: isIn(act) ? 'applied' : 'waiting' }
    if (act !== undefined && !(act.act === 'clear' && answer.edited_by !== undefined))
      return { state: stateOf(act), stale: false, act, comment }
    // The acts may be elsewhere: the ledger knows it, too.
    if (answer.edited_by !== undefined)
      return { state: 'edited', stale: false, act: act ?? null, comment, edit: 'applied' }
    const before = others.findLast(decides)
    if (before?.act === 'edit' && !this.applied.has(editKey(before)))
      return { state: 'edited', stale: true, act: before, comment: comment ?? before.comment ?? null, edit: 'waiting' }
    if (before !== undefined && before.act !== 'clear')
      return { state: 'unreviewed', stale: true, act: before, comment: comment ?? before.comment ?? null }
    return { state: 'unreviewed', stale: false, act: own.at(-1) ?? null, comment }

    function isAnother(act: Review): boolean {
      return act.answer_sha256 !== answer.answer_sha256 && !isIn(act)
    }

    /** Whether the answer is what an edit made of another one. */
    function isIn({ act, edited_sha256 }: Review): boolean {
      return act === 'edit' && edited_sha256 !== undefined && edited_sha256 === answer.answer_sha256
    }
  }
}

/** Tells an edit from all others of its pipeline. */
export function editKey({ step, root_id, at, by }: Review): string {
  return JSON.stringify([step, root_id, at, by])
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
