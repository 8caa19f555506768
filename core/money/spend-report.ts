/** Sums up the spend log by one of five views. */
import type { SpendEntry, Spending } from '../documents.ts'
import { nothingSpent, plus, spendingOf } from './spending.ts'

export const spendViews = ['month', 'pipeline', 'label', 'model', 'delivery'] as const
export type SpendView = (typeof spendViews)[number]

/** What was spent under one month, pipeline, label, model or way in which answers came. */
export interface SpendRow extends Spending {
  key: string
  /** Runs that spent something there. A run of two models counts for both. */
  runs: number
}

type Spent = Extract<SpendEntry, { kind: 'spent' }>

export interface Viewing {
  by: SpendView
  /** The label that a version has today; undefined if it is gone. */
  labelOf: (ref: { pipeline: string; version: string }) => string | undefined
}

/** Rows of months by time, the others by cost, dearest first; and the sum of all. `months`: the entries by month. */
export function spendReport(
  months: ReadonlyMap<string, readonly SpendEntry[]>,
  { by, labelOf }: Viewing,
): { rows: SpendRow[]; total: Spending } {
  const sums = new Map<string, { spent: Spending; runs: Set<string> }>()
  let total = nothingSpent
  const add = (key: string, { run_id }: Spent, spent: Spending) => {
    const sum = sums.get(key) ?? { spent: nothingSpent, runs: new Set() }
    sums.set(key, { spent: plusKnown(sum.spent, spent), runs: sum.runs.add(run_id) })
  }
  for (const [month, entries] of months)
    for (const entry of entries) {
      if (entry.kind !== 'spent') continue
      const ofRun = { month, pipeline: entry.pipeline, label: labelOf(entry) ?? entry.label }
      for (const { model, delivery = 'live', ...spent } of entry.models) {
        const keys = { ...ofRun, model, delivery }
        add(keys[by], entry, spendingOf(spent))
        total = plusKnown(total, spendingOf(spent))
      }
    }
  const rows = [...sums].map(([key, { spent, runs }]) => ({ key, ...spent, runs: runs.size }))
  const order = (a: SpendRow, b: SpendRow) =>
    by === 'month' ? a.key.localeCompare(b.key) : (b.cost_usd ?? 0) - (a.cost_usd ?? 0) || a.key.localeCompare(b.key)
  return { rows: rows.sort(order), total }
}

/** A sum over many runs says what is known of it; only if nothing is, it is not known. */
function plusKnown(a: Spending, b: Spending): Spending {
  const cost_usd = a.cost_usd === null ? b.cost_usd : b.cost_usd === null ? a.cost_usd : 0
  const both = plus({ ...a, cost_usd: a.cost_usd ?? 0 }, { ...b, cost_usd: b.cost_usd ?? 0 })
  return { ...both, cost_usd: cost_usd === null ? null : both.cost_usd }
}
