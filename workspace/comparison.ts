/** Two versions side by side, for a program. */

import type { Store, VersionState } from '../core/store.ts'
import {
  comparableSides,
  compareVersions,
  type Pair,
  type StepComparison,
  type StepPair,
  stepPairs,
} from '../core/versions/compare.ts'
import { type AnswerDifference, compareStep } from '../core/versions/compare-step.ts'
import { plainValue } from './answers.ts'

/** How the answers of two versions differ, from the first to the second. */
export interface Comparison {
  /** The full name of the pipeline. */
  pipeline: string
  /** The name of the first version. */
  a: string
  /** The name of the second version. */
  b: string
  /** Counts of the items each version processed itself. */
  items: { in_a: number; in_b: number; in_both: number; only_in_a: string[]; only_in_b: string[] }
  /** Whether one is based on the other, directly or through its bases. */
  stands_on: 'a_on_b' | 'b_on_a' | null
  /** The counts of the answers, step by step. */
  steps: StepComparison[]
  /** Every answer that is not the same, step by step. Holds two answers at a time. */
  differences(): AsyncGenerator<Difference>
}

/** An answer that is not the same in both. */
export interface Difference {
  /** The number of the step, from 1. */
  step: number
  /** The id of the item in this step. */
  id: string
  /** Whether the item has an answer in both versions, in the second only, or in the first only. */
  kind: 'changed' | 'added' | 'removed'
  /** The answer of the first version; null unless the kind is `changed`. */
  before: unknown
  /** The answer of the second version; null unless the kind is `changed`. */
  after: unknown
}

/** Throws RunFailed if a document of one of them was damaged. */
export async function comparison(
  store: Store,
  pair: Pair,
  states: { a: VersionState; b: VersionState },
): Promise<Comparison> {
  const counted = await compareVersions(store, pair, states)
  return { ...counted, a: pair.a.version, b: pair.b.version, differences: () => differences(store, pair) }
}

async function* differences(store: Store, pair: Pair): AsyncGenerator<Difference> {
  for await (const steps of stepPairs(store, pair)) {
    const { step, a, b } = steps
    for await (const { kind, item_id, before, after } of stepDifferences(store, steps)) {
      const values = {
        before: before === null ? null : plainValue(before, a!),
        after: after === null ? null : plainValue(after, b!),
      }
      yield { step, id: item_id, kind, ...values }
    }
  }
}

/** A difference of answers. */
export type Differing = AnswerDifference & { kind: Difference['kind'] }

/** Those of one step; none if its answers cannot be compared. Holds two answers at a time. */
export async function* stepDifferences(store: Store, steps: StepPair): AsyncGenerator<Differing> {
  const sides = await comparableSides(store, steps)
  if (typeof sides === 'string') return
  for await (const difference of compareStep(store, sides, steps.pair.only))
    if (difference.kind !== 'same') yield difference as Differing
}
