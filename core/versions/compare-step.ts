/** How the answers of one step differ between two versions. Reads both ledgers and both collated files once, forward. */
import type { LedgerLine } from '../documents.ts'
import { type Store, stepFiles } from '../store.ts'
import { ledgerPairs } from './ledger-pairs.ts'
import { type AnswerPlace, StepAnswers } from './step-answers.ts'

export interface AnswerDifference {
  kind: 'same' | 'changed' | 'added' | 'removed'
  item_id: string
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
 * Every item that has an answer in `a` or `b`: paired by index and id, then, if the input changed its order, by id.
 * Answers are compared as they are in the files; one that was removed by hand is missing. Holds two answers, or two blocks, and
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
        for (const item_id of pair.same) yield { kind: 'same', item_id, before: null, after: null }
        continue
      }
      const { left, right } = pair
      if (left === undefined || right === undefined || left.item_id !== right.item_id) {
        if (left !== undefined) onlyA.set(left.item_id, left)
        if (right !== undefined) onlyB.set(right.item_id, right)
      } else yield* differences(left, right)
    }
    for (const [item_id, line] of onlyA) {
      yield* differences(line, onlyB.get(item_id))
      onlyB.delete(item_id)
    }
    for (const line of onlyB.values()) yield* differences(undefined, line)
  } finally {
    await before.close()
    await after.close()
  }

  async function* differences(left: LedgerLine | undefined, right: LedgerLine | undefined) {
    const earlier = left === undefined ? null : (await before.see(left)).answer
    const later = right === undefined ? null : (await after.see(right)).answer
    const { item_id } = (left ?? right)!
    if (earlier !== null && later !== null) yield difference(item_id, earlier, later)
    else if (earlier !== null || later !== null)
      yield { kind: later === null ? 'removed' : 'added', item_id, before: null, after: null } as const
  }
}

function difference(item_id: string, before: string, after: string): AnswerDifference {
  if (before === after) return { kind: 'same', item_id, before: null, after: null }
  return { kind: 'changed', item_id, before, after }
}
