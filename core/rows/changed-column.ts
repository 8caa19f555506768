/** How the answers of a step differ from those of another version, by row. */
import { RequestRefused } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { comparableSides, stepPairs } from '../versions/compare.ts'
import { compareStep } from '../versions/compare-step.ts'
import type { ChangeChoice } from './row-filter.ts'
import type { StepTable } from './step-table.ts'

/** 0 for a row without an answer. Throws RequestRefused if the two cannot be compared. */
export async function changedColumn(
  store: Store,
  table: StepTable,
  { against, codes }: { against: VersionRef; codes: Record<ChangeChoice, number> },
): Promise<Uint8Array> {
  const { ref, step } = table.place
  const column = new Uint8Array(table.length)
  for await (const pair of stepPairs(store, { a: against, b: ref })) {
    if (pair.step !== step) continue
    const sides = await comparableSides(store, pair)
    if (typeof sides === 'string')
      throw new RequestRefused([
        `Step ${step} of ${ref.pipeline} cannot be compared in ${against.version} and ${ref.version}: ${sides}. Name another version in against.`,
      ])
    const rows = new Map(table.itemIds.map((id, row) => [id, row]))
    for await (const { kind, item_id } of compareStep(store, sides)) {
      const row = rows.get(item_id)
      if (row !== undefined && kind !== 'removed') column[row] = codes[kind]
    }
  }
  return column
}
