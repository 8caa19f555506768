/** How the answers of one step differ between two versions. Reads both ledgers and both collated files once, forward. */
import type { LedgerLine } from './documents.ts'
import { readLedger } from './ledger.ts'
import { Slices } from './slices.ts'
import { type ByteRange, type Store, stepFiles, type VersionRef } from './store.ts'

export interface StepSide {
  ref: VersionRef
  step: number
  /** Path of the collated file beside the step's ledger. */
  collated: string
}

export interface AnswerDifference {
  kind: 'same' | 'changed' | 'added' | 'removed'
  item_id: string
  /** The earlier answer as it stands in the file; only of changed items. */
  before: string | null
  after: string | null
}

interface Answer {
  item_index: number
  item_id: string
  bytes: ByteRange
}

/** Whether a side has what comparing needs: its ledger and its collated file. */
export async function canCompare(store: Store, { ref, step, collated }: StepSide): Promise<boolean> {
  const ledger = await store.size(stepFiles(ref, step).ledger)
  return ledger !== undefined && (await store.size(collated)) !== undefined
}

/**
 * Every item that has an answer in `a` or `b`: paired by index and id, then, where the input changed its order, by id.
 * Answers are compared by their bytes. Holds two answers and the ids without a partner at a time.
 * Throws RunFailed where a ledger or a collated file was damaged.
 */
export async function* compareStep(store: Store, a: StepSide, b: StepSide): AsyncGenerator<AnswerDifference> {
  const onlyA = new Map<string, ByteRange>()
  const onlyB = new Map<string, ByteRange>()
  const before = new Slices(store.read(a.collated), a.collated)
  const after = new Slices(store.read(b.collated), b.collated)
  try {
    for await (const [left, right] of inStep(answers(store, a), answers(store, b))) {
      if (left === undefined || right === undefined || left.item_id !== right.item_id) {
        if (left !== undefined) onlyA.set(left.item_id, left.bytes)
        if (right !== undefined) onlyB.set(right.item_id, right.bytes)
      } else {
        yield difference(left.item_id, await before.take(...left.bytes), await after.take(...right.bytes))
      }
    }
  } finally {
    await before.close()
    await after.close()
  }
  yield* withoutPartner()

  async function* withoutPartner(): AsyncGenerator<AnswerDifference> {
    for (const [item_id, bytes] of onlyA) {
      const moved = onlyB.get(item_id)
      onlyB.delete(item_id)
      if (moved === undefined) yield { kind: 'removed', item_id, before: null, after: null }
      else yield difference(item_id, await bytesOf(store, a.collated, bytes), await bytesOf(store, b.collated, moved))
    }
    for (const item_id of onlyB.keys()) yield { kind: 'added', item_id, before: null, after: null }
  }
}

function difference(item_id: string, before: Buffer, after: Buffer): AnswerDifference {
  if (before.equals(after)) return { kind: 'same', item_id, before: null, after: null }
  return { kind: 'changed', item_id, before: before.toString(), after: after.toString() }
}

async function bytesOf(store: Store, path: string, range: ByteRange): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(store.read(path, range)))
}

async function* answers(store: Store, { ref, step }: StepSide): AsyncGenerator<Answer> {
  for await (const { item_index, item_id, answer_bytes } of readLedger(store, ref, step)) {
    if (answer_bytes !== null) yield { item_index, item_id, bytes: answer_bytes }
  }
}

type Indexed = Pick<LedgerLine, 'item_index'>

/** Walks two sequences by ascending index, side by side; what the other lacks comes alone. */
async function* inStep<T extends Indexed>(
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
