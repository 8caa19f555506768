/** Which items a report shows, if there are more than it has room for: first those that a person looks for. */
import { changeCodes } from '../../core/rows/changed-column.ts'
import type { ReportStep } from './report-steps.ts'

/** Why an item is shown, the most telling first. */
const reasons = ['failed', 'flagged', 'stale', 'edited', 'changed', 'added', 'odd', 'approved', 'other'] as const
export type Reason = (typeof reasons)[number]

export interface ChosenItems {
  /** Root ids in the order of the input, each with all that is telling of it. */
  shown: { id: string; reasons: Reason[] }[]
  total: number
  /** How many of each there are, and how many of these are shown; by its most telling reason. */
  counts: { reason: Reason; total: number; shown: number }[]
}

export function chooseItems(steps: readonly ReportStep[], most: number): ChosenItems {
  const found = reasonsOf(steps)
  const groups = Map.groupBy(found, ([, why]) => reasons.find((reason) => why.has(reason)) ?? 'other')
  const shown = new Set<string>()
  const counts: ChosenItems['counts'] = []
  for (const reason of reasons) {
    const those = groups.get(reason) ?? []
    const some = those.slice(0, most - shown.size)
    for (const [id] of some) shown.add(id)
    if (those.length > 0) counts.push({ reason, total: those.length, shown: some.length })
  }
  return {
    shown: found
      .filter(([id]) => shown.has(id))
      .map(([id, why]) => ({ id, reasons: reasons.filter((one) => why.has(one)) })),
    total: found.length,
    counts,
  }
}

/** By root id, in the order of the input. */
function reasonsOf(steps: readonly ReportStep[]): [id: string, why: ReadonlySet<Reason>][] {
  const found = new Map<string, Set<Reason>>()
  const nothing = new Set<Reason>()
  for (const step of steps) {
    if (!step.step.batch_mode) continue
    for (const id of step.table.rootIds) if (!found.has(id)) found.set(id, nothing)
    for (const [id, reason] of telling(step)) {
      const why = found.get(id)
      if (why === nothing || why === undefined) found.set(id, new Set([reason]))
      else why.add(reason)
    }
  }
  return [...found]
}

function* telling({ table, said, stats, compared }: ReportStep): Generator<[id: string, reason: Reason]> {
  for (let row = 0; row < table.length; row++) {
    const id = table.rootIds[row]!
    if (table.state.at(row) === 'failed') yield [id, 'failed']
    const change = compared?.changes[row]
    if (change === changeCodes.changed) yield [id, 'changed']
    if (change === changeCodes.added) yield [id, 'added']
  }
  for (const [id, { state, stale }] of said) {
    if (stale) yield [id, 'stale']
    if (state !== 'unreviewed') yield [id, state]
  }
  for (const { item_ids } of stats?.oddities ?? [])
    for (const id of item_ids) if (table.rowOf(id) !== undefined) yield [id, 'odd']
}
