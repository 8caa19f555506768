/** Sets a new cost limit for a version that is resumed. */

import type { PlanLine, RunDocument } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import { mostUnreadable } from '../model.ts'
import type { PriceList } from '../money/prices.ts'
import { roundedDollars } from '../money/spending.ts'
import { unpricedProblems, worstCaseOf } from '../money/worst-case.ts'
import type { Provider } from '../provider.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { questionOf } from '../templates/questions.ts'
import { planItems } from '../versions/planned-items.ts'
import { textIfThere } from '../versions/version-documents.ts'

/** Refuses a limit that cannot hold with the prices that a version was begun with. Throws RequestRefused. */
export function checkLimit(run: RunDocument, max_cost_usd: number | null, provider: Provider): void {
  if (run.stand_in || max_cost_usd === null) return
  const problems = unpricedProblems(run.steps, {
    list: listOf(run, provider),
    remedy: 'A version keeps the prices it was begun with: resume it without a limit.',
  })
  if (problems.length > 0) throw new RequestRefused(problems)
}

function listOf({ workspace }: RunDocument, provider: Provider): PriceList {
  return { provider, own: workspace.prices }
}

/** From now on the version has this limit, or none; `own_usd`: its own, if the month leaves less. If nothing was counted so far, what is kept counts as spent. */
export async function setLimit(
  store: Store,
  ref: VersionRef,
  limits: { run: RunDocument; max_cost_usd: number | null; own_usd?: number | null; provider: Provider },
): Promise<void> {
  const { run, max_cost_usd, own_usd = max_cost_usd, provider } = limits
  if (run.stand_in) return
  const counted = await store.spendAccount(ref)
  await counted?.close()
  // There is none to lift, and perhaps no price to count by.
  if (counted === null && max_cost_usd === null && run.request.max_cost_usd === undefined) return
  const spent = counted === null ? await spentBefore(store, ref, { steps: run.steps, list: listOf(run, provider) }) : 0
  const account = await store.spendAccount(ref, max_cost_usd, spent, own_usd)
  await account?.close()
}

/** The cost of the kept answers and failures. Calls of which nothing is kept are not included. */
async function spentBefore(
  store: Store,
  ref: VersionRef,
  { steps, list }: Pick<RunDocument, 'steps'> & { list: PriceList },
): Promise<number> {
  let sum = 0
  for (const resolved of steps) {
    const { step } = resolved
    const { plan, prompt } = stepFiles(ref, step)
    if ((await store.size(plan)) === undefined) continue
    const kept = await store.kept(ref, step)
    // An unknown cost counts as the most it can have been, as it does during a run.
    const most = async ({ segment }: PlanLine) => {
      const sent = (await textIfThere(store, prompt(resolved.batch_mode ? segment : null))) ?? ''
      const question = questionOf(resolved, [{ role: 'user', content: sent }])
      return mostUnreadable * (worstCaseOf(question, list) ?? 0)
    }
    for await (const planned of planItems(store, plan)) {
      const found = await kept.find(planned)
      for (const { cost_usd } of [...(found?.spent ?? []), ...(found?.kept ? [found.kept.line] : [])])
        sum = roundedDollars(sum + (cost_usd ?? (await most(planned))))
    }
    await kept.close()
  }
  return sum
}
