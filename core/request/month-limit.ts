/**
 * Holds all runs of a workspace below max_usd_per_month of itemwise.yaml: a run reserves in the spend log what it may spend, the smaller of its own
 * limit and what is left of the month, before it begins. What it really cost replaces that when it ends.
 */
import type { RunDocument, SpendEntry } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import { dollars } from '../money/budget.ts'
import { leftOf, type MonthSums, monthOf, monthSums, type Reservation } from '../money/spend-log.ts'
import { unpricedProblems } from '../money/worst-case.ts'
import type { Provider } from '../provider.ts'
import { oneOffs, type Store, type VersionRef } from '../store.ts'
import { batchesOut } from '../versions/message-batches.ts'
import { recordSpending } from '../versions/record-spending.ts'
import { readRun } from '../versions/version-documents.ts'
import { readWorkspaceSettings } from './parse-request.ts'

export interface MonthTools {
  store: Store
  provider: Provider
  now: () => number
  /** Writes down what a dead run had kept. */
  settle: (ref: VersionRef) => Promise<void>
}

export interface MonthLimit {
  month: string
  limit_usd: number
}

/** The limit that holds today; null if there is none. Answers of the stand-in cost nothing. Throws RequestRefused, also for a model without a price. */
export async function monthLimit({ store, provider, now }: MonthTools, run: RunDocument): Promise<MonthLimit | null> {
  if (run.stand_in) return null
  const { max_usd_per_month: limit_usd } = await readWorkspaceSettings(store)
  if (limit_usd === undefined) return null
  const problems = unpricedProblems(run.steps, {
    list: { provider, own: run.workspace.prices },
    remedy: 'max_usd_per_month in itemwise.yaml holds only if every call has a price: give it there, under prices.',
  })
  if (problems.length > 0) throw new RequestRefused(problems)
  return { month: monthOf(now()), limit_usd }
}

export interface Reserving {
  run_id: string
  pipeline: string
  /** What the run may still spend by its own limit; null without one. */
  own_usd: number | null
}

/** Reserves what the run may spend and returns it, in USD. Throws RequestRefused if nothing is left. */
export async function reserveInMonth(tools: MonthTools, limit: MonthLimit, reserving: Reserving): Promise<number> {
  const { store, now } = tools
  const { run_id, pipeline, own_usd } = reserving
  let looked = false
  for (;;) {
    const { entries, next } = await store.spendLog(limit.month)
    const sums = monthSums(entries)
    const left = leftOf(sums, { limit_usd: limit.limit_usd, run_id })
    const others = [...sums.reserved.values()].filter((one) => one.run_id !== run_id)
    // A run that was killed keeps its part until somebody asks.
    if (!looked && others.length > 0 && (own_usd === null || left < own_usd)) {
      looked = true
      for (const one of others) await settleIfDead(tools, limit.month, one)
      continue
    }
    if (left <= 0) throw new RequestRefused([nothingLeft(limit, sums, others)])
    const usd = own_usd === null ? left : Math.min(own_usd, left)
    const entry: SpendEntry = { kind: 'reserved', time: new Date(now()).toISOString(), run_id, pipeline, usd }
    if (await store.addSpend(limit.month, next, entry)) return usd
  }
}

function nothingLeft({ month, limit_usd }: MonthLimit, { counted_usd }: MonthSums, others: Reservation[]): string {
  const spent = `max_usd_per_month in itemwise.yaml is ${dollars(limit_usd)}, and of ${month} (UTC) nothing is left: ${dollars(counted_usd)} are spent`
  if (others.length === 0)
    return `${spent}. Raise it, or wait for the next month. \`itemwise spend\` shows what was spent.`
  const held = others.map(
    ({ pipeline, run_id, usd }) => `${dollars(usd)} by ${pipeline === oneOffs ? run_id : pipeline}`,
  )
  return `${spent}, and running runs have reserved ${held.join(', ')}. Wait for their end, or raise it. A run with max_cost_usd (--max-cost) reserves only that, so that several can run side by side.`
}

/** Between a reservation and its version lies a moment. */
const beginningMs = 60_000

/** Lets go of what a run has reserved that runs no more. */
async function settleIfDead(tools: MonthTools, month: string, { run_id, pipeline, time }: Reservation): Promise<void> {
  const { store, now } = tools
  const ref = await versionOfRun(store, pipeline, run_id)
  if (ref === undefined) {
    if (now() - Date.parse(time) > beginningMs) await release(tools, month, { run_id, pipeline })
    return
  }
  const state = await store.version(ref)
  // What is out at half price is still paid for.
  if (state === undefined || state.alive || (await batchesOut(store, ref)).length > 0) return
  if (state.metadata.status === 'running') await tools.settle(ref)
  else await recordSpending(store, ref, { ...state, stats: state.metadata.stats, now: now() })
}

async function release({ store, now }: MonthTools, month: string, of: Omit<Reserving, 'own_usd'>): Promise<void> {
  for (;;) {
    const { entries, next } = await store.spendLog(month)
    if (!monthSums(entries).reserved.has(of.run_id)) return
    if (await store.addSpend(month, next, { kind: 'released', time: new Date(now()).toISOString(), ...of })) return
  }
}

/** The newest first: a run that is looked for is mostly one of the last. */
async function versionOfRun(store: Store, pipeline: string, run_id: string): Promise<VersionRef | undefined> {
  const versions = pipeline === oneOffs ? [run_id] : (await store.versions(pipeline)).reverse()
  for (const version of versions) {
    const ref = { pipeline, version }
    if ((await store.version(ref)) === undefined) continue
    if (pipeline === oneOffs || (await readRun(store, ref).catch(() => undefined))?.run_id === run_id) return ref
  }
  return undefined
}
