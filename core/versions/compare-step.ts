/** How the answers of one step differ between two versions. Reads both ledgers and both collated files once, forward. */
import type { LedgerLine } from '../documents.ts'
import { type Store, stepFiles } from '../store.ts'
import { readLedger } from './ledger.ts'
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
 * Answers are compared as they are in the files; one that was removed by hand is missing. Holds two answers and
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
    for await (const [left, right] of inStep(answered(store, a, only), answered(store, b, only))) {
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

async function* answered(
  store: Store,
  { ref, step }: AnswerPlace,
  only: ReadonlySet<string> | null,
): AsyncGenerator<LedgerLine> {
  for await (const line of readLedger(store, ref, step))
    if (line.answer_bytes !== null && (only?.has(line.root_id) ?? true)) yield line
}

/** Walks two sequences by ascending index, side by side; what the other lacks comes alone. */
async function* inStep<T extends Pick<LedgerLine, 'item_index'>>(
  a: AsyncGenerator<T>,
  b: AsyncGenerator<T>,
): AsyncGenerator<[T | undefined, T | undefined]> {
  try {
    let left = await next(a)
    let right = await next(b)
    while (left !== undefined || right !== undefined) {
      const takeLeft = left !== undefined && !(right !== undefined && right.item_index < left.item_index)
      const takeRight = right !== undefined && !(left !== undefined && left.item_index < right.item_index)
      yield [takeLeft ? left : undefined, takeRight ? right : undefined]
      if (takeLeft) left = await next(a)
      if (takeRight) right = await next(b)
    }
  } finally {
    await a.return(undefined)
    await b.return(undefined)
  }
}

async function next<T>(sequence: AsyncGenerator<T>): Promise<T | undefined> {
  const { done, value } = await sequence.next()
  return done === true ? undefined : value
}
