/** How the answers of one step differ between two versions. Reads both ledgers and both collated files once, forward. */
import type { LedgerLine } from '../documents.ts'
import { type Store, stepFiles } from '../store.ts'
import { withoutIds } from './item-id.ts'
import { type ItemIds, ledgerPairs } from './ledger-pairs.ts'
import { type AnswerPlace, StepAnswers } from './step-answers.ts'

/** With the ids of the item in `b`, or in `a` if it has been removed. */
export interface AnswerDifference extends ItemIds {
  kind: 'same' | 'changed' | 'added' | 'removed'
  /** The earlier answer as it stands in the file, edited or not; only of changed items. */
  before: string | null
  after: string | null
}

/** Whether a side has what comparing needs: its ledger and its collated file. */
export async function canCompare(store: Store, { ref, step, collated }: AnswerPlace): Promise<boolean> {
  const ledger = await store.size(stepFiles(ref, step).ledger)
  return ledger !== undefined && (await store.size(collated)) !== undefined
}

/**
 * Every item that has an answer in `a` or `b`: paired by index and root id, then, if the input changed its order, by root id. A step's
 * own ids may be numbers that the versions give in another way. Answers are compared as they are in the files, but for these ids; one
 * that was removed by hand is missing. Holds two answers, or two blocks, and
 * the lines without a partner at a time. `only`: root ids; what does not descend from them is left out. Throws RunFailed if a ledger
 * was damaged.
 */
export async function* compareStep(
  store: Store,
  [a, b]: readonly [AnswerPlace, AnswerPlace],
  only: ReadonlySet<string> | null = null,
): AsyncGenerator<AnswerDifference> {
  const onlyA = new Map<string, LedgerLine>()
  const onlyB = new Map<string, LedgerLine>()
  const before = new StepAnswers(store, a)
  const after = new StepAnswers(store, b)
  try {
    for await (const pair of ledgerPairs(store, [a, b], only)) {
      if ('same' in pair) {
        for (const ids of pair.same) yield { ...ids, kind: 'same', before: null, after: null }
        continue
      }
      const { left, right } = pair
      if (left === undefined || right === undefined || left.root_id !== right.root_id) {
        if (left !== undefined) onlyA.set(left.root_id, left)
        if (right !== undefined) onlyB.set(right.root_id, right)
      } else yield* differences(left, right)
    }
    for (const [root_id, line] of onlyA) {
      yield* differences(line, onlyB.get(root_id))
      onlyB.delete(root_id)
    }
    for (const line of onlyB.values()) yield* differences(undefined, line)
  } finally {
    await before.close()
    await after.close()
  }

  async function* differences(left: LedgerLine | undefined, right: LedgerLine | undefined) {
    const earlier = left === undefined ? null : (await before.see(left)).answer
    const later = right === undefined ? null : (await after.see(right)).answer
    const { item_id, root_id } = (right ?? left)!
    const none = { item_id, root_id, before: null, after: null }
    if (earlier !== null && later !== null) {
      if (isSame(earlier, later)) yield { ...none, kind: 'same' } as const
      else yield { ...none, kind: 'changed', before: earlier, after: later } as const
    } else if (earlier !== null || later !== null)
      yield { ...none, kind: later === null ? 'removed' : 'added' } as const
  }

  function isSame(earlier: string, later: string): boolean {
    if (earlier === later) return true
    if (!a.batch_mode || !b.batch_mode || a.fields === null || b.fields === null) return false
    return withoutIds(earlier, a.fields) === withoutIds(later, b.fields)
  }
}
