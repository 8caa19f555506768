/** How the answers of a step differ from those of another version, by row. */
import { RequestRefused } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { comparableSides, type StepPair, stepPairs } from '../versions/compare.ts'
import { compareStep } from '../versions/compare-step.ts'
import type { StepTable } from './step-table.ts'

/** Codes of a column. 0: the item has no answer here. */
export const changeCodes = { same: 1, changed: 2, added: 3 } as const

export interface Changed {
  /** By row, a code of `changeCodes`. */
  codes: Uint8Array
  /** Root ids of items whose answer the other version has and this one lacks. */
  removed: string[]
  /** The step in both versions. */
  pair: StepPair
}

/** Throws RequestRefused if the two cannot be compared. */
export async function changedColumn(store: Store, table: StepTable, against: VersionRef): Promise<Changed> {
  const { ref, step } = table.place
  for await (const pair of stepPairs(store, { a: against, b: ref })) {
    if (pair.step !== step) continue
    const sides = await comparableSides(store, pair)
    if (typeof sides === 'string')
      throw new RequestRefused([
        `Step ${step} of ${ref.pipeline} cannot be compared in ${against.version} and ${ref.version}: ${sides}. Name another version in against.`,
      ])
    const codes = new Uint8Array(table.length)
    const removed: string[] = []
    for await (const { kind, root_id } of compareStep(store, sides)) {
      const row = table.rowOf(root_id)
      if (kind === 'removed') removed.push(root_id)
      else if (row !== undefined) codes[row] = changeCodes[kind]
    }
    return { codes, removed, pair }
  }
  throw new RequestRefused([`${ref.version} of ${ref.pipeline} has no step ${step}.`])
}
