/** The limit of a version that is resumed: a new one, the one it had, or what the month leaves. */
import type { RunDocument } from '../documents.ts'
import { roundedDollars } from '../money/spending.ts'
import type { VersionRef } from '../store.ts'
import { knownOf } from '../versions/record-spending.ts'
import { setLimit } from './limit.ts'
import { type MonthLimit, type MonthTools, reserveInMonth } from './month-limit.ts'

interface Resumed {
  run: RunDocument
  month: MonthLimit | null
  /** A new limit; null: none any more. */
  max_cost_usd: number | null | undefined
}

/** Called by the version's writer. Throws RequestRefused if nothing is left of the month. */
export async function limitResumed(
  tools: MonthTools,
  ref: VersionRef,
  { run, month, max_cost_usd }: Resumed,
): Promise<void> {
  const { store, provider, now } = tools
  const account = await store.spendAccount(ref)
  await account?.close()
  const own_usd =
    max_cost_usd === undefined
      ? account === null
        ? (run.request.max_cost_usd ?? null)
        : account.own_usd
      : max_cost_usd
  if (month === null) {
    // What an earlier month left holds no more.
    const isOfMonth = account !== null && account.own_usd !== account.limit_usd
    if (max_cost_usd !== undefined || isOfMonth) await setLimit(store, ref, { run, max_cost_usd: own_usd, provider })
    return
  }
  const { known } = await knownOf(store, run, now())
  const still = own_usd === null ? null : Math.max(0, roundedDollars(own_usd - known.counted_usd))
  const granted = await reserveInMonth(tools, month, { run_id: run.run_id, pipeline: ref.pipeline, own_usd: still })
  const limit_usd = roundedDollars(known.counted_usd + granted)
  await setLimit(store, ref, { run, max_cost_usd: limit_usd, own_usd, provider })
}
