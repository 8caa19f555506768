/**
 * The spend log of a workspace: what each run reserved of a month and what it spent, in the order in which it happened. Nothing in it is
 * ever changed or removed, whatever becomes of the versions. Months are those of UTC, so that they are the same on every machine.
 */
import type { SpendEntry } from '../documents.ts'
import { nothingSpent, plus, roundedDollars, spendingOf } from './spending.ts'

/** `2026-11`. */
export function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7)
}

/** The months from one time to another, newest first: a run may begin in one and be resumed in the next. */
export function monthsBetween(from: number, to: number): string[] {
  const last = new Date(to)
  const months: string[] = []
  for (let back = 0; ; back++) {
    const month = monthOf(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() - back))
    months.push(month)
    if (month <= monthOf(from)) return months
  }
}

export interface Reservation {
  run_id: string
  pipeline: string
  usd: number
  time: string
}

/** What counts of a month, by its entries. */
export interface MonthSums {
  /** USD, where a call whose price never came counts as its most. */
  counted_usd: number
  /** Of the runs that have not ended, by run id. */
  reserved: Map<string, Reservation>
}

export function monthSums(entries: readonly SpendEntry[]): MonthSums {
  const reserved = new Map<string, Reservation>()
  let counted_usd = 0
  for (const entry of entries) {
    const { kind, run_id, pipeline, time } = entry
    if (kind === 'reserved') reserved.set(run_id, { run_id, pipeline, time, usd: entry.usd })
    else reserved.delete(run_id)
    if (kind === 'spent') counted_usd = roundedDollars(counted_usd + entry.counted_usd)
  }
  return { counted_usd, reserved }
}

/** What is left of a month's limit for a run; what it has reserved itself does not count. */
export function leftOf(
  { counted_usd, reserved }: MonthSums,
  { limit_usd, run_id }: { limit_usd: number; run_id: string },
) {
  const others = [...reserved.values()].filter((one) => one.run_id !== run_id)
  return roundedDollars(others.reduce((left, { usd }) => left - usd, limit_usd - counted_usd))
}

/** What the log has of a run. */
export interface RunSums {
  counted_usd: number
  byModel: Map<string, OfModel>
}

/** What answers of a model have spent that came in one way. */
export type OfModel = SpentEntry['models'][number]
type SpentEntry = Extract<SpendEntry, { kind: 'spent' }>

/** By which it is found. */
export function modelKey({ model, delivery }: Pick<OfModel, 'model' | 'delivery'>): string {
  return delivery === undefined ? model : `${model} ${delivery}`
}

export function runSums(entries: readonly SpendEntry[], run_id: string): RunSums {
  const byModel = new Map<string, OfModel>()
  let counted_usd = 0
  for (const entry of entries) {
    if (entry.kind !== 'spent' || entry.run_id !== run_id) continue
    counted_usd = roundedDollars(counted_usd + entry.counted_usd)
    for (const spent of entry.models) addTo(byModel, spent)
  }
  return { counted_usd, byModel }
}

/** Adds to the sum of its model and way. */
export function addTo(sums: Map<string, OfModel>, { model, delivery, ...spent }: OfModel): void {
  const of = { model, ...(delivery && { delivery }) }
  const key = modelKey(of)
  sums.set(key, { ...of, ...plus(sums.get(key) ?? nothingSpent, spendingOf(spent)) })
}
