/** Two versions side by side, for a program. */

import type { Store, VersionState } from '../core/store.ts'
import {
  type Comparison as CountedComparison,
  comparableSides,
  compareVersions,
  type Pair,
  stepPairs,
} from '../core/versions/compare.ts'
import { compareStep } from '../core/versions/compare-step.ts'
import { plainValue } from './answers.ts'

/** How the answers of two versions differ, from the first to the second. */
export interface Comparison extends Omit<CountedComparison, 'a' | 'b'> {
  /** The names of both versions. */
  a: string
  b: string
  /** Every answer that is not the same, step by step. Holds two answers at a time. */
  differences(): AsyncGenerator<Difference>
}

export interface Difference {
  step: number
  /** The id of the item in this step. */
  id: string
  kind: 'changed' | 'added' | 'removed'
  /** Both answers; null unless the kind is `changed`. */
  before: unknown
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
    const sides = await comparableSides(store, steps)
    if (typeof sides === 'string') continue
    const [a, b] = sides
    for await (const { kind, item_id, before, after } of compareStep(store, sides)) {
      if (kind === 'same') continue
      const values = {
        before: before === null ? null : plainValue(before, a),
        after: after === null ? null : plainValue(after, b),
      }
      yield { step: steps.step, id: item_id, kind, ...values }
    }
  }
}
