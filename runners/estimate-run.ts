/** Estimates a run before it begins, and asks for confirmation if it is likely to cost much. */

import { type Estimate, estimate, unpricedText } from '../core/estimate/estimate.ts'
import type { ForeseenRun } from '../core/estimate/foreseen-prompts.ts'
import type { Model, Question } from '../core/model.ts'
import type { Provider } from '../core/provider.ts'
import { readWorkspaceSettings } from '../core/request/parse-request.ts'
import type { Prospect } from '../core/request/prospect.ts'
import type { Store } from '../core/store.ts'

/** What is to be confirmed. The estimate is null if a model has no known price; `unpriced` says so. */
export type Foreseen = { estimate: Estimate; unpriced: null } | { estimate: null; unpriced: string }

/** Returns if the run may begin; throws if it may not. */
export type Confirm = (foreseen: Foreseen, above_usd: number) => Promise<void>

export interface EstimateTools {
  store: Store
  model: Model
  provider: Provider
  monotonic: () => number
  signal: AbortSignal
}

// If the API cannot be reached, our retries would take many seconds; estimating from lengths takes none.
const longestCountMs = 8000

/** Estimates what a check found that would be done. `prompts` watched that check. Throws RequestRefused for a model without a price. */
export function estimateProspect(
  { store, model, provider, monotonic, signal }: EstimateTools,
  prospect: Prospect,
  prompts: ForeseenRun,
): Promise<Estimate> {
  const onRetry = () => {}
  const count = (question: Question) =>
    model.countTokens!(question, { deadline: monotonic() + longestCountMs, signal, onRetry })
  return estimate({ store, provider, prospect, prompts, count: model.countTokens === undefined ? null : count })
}

/** Asks for confirmation if today's itemwise.yaml says so. Answers of the stand-in cost nothing. */
export async function confirmProspect(
  tools: EstimateTools & { confirm: Confirm },
  prospect: Prospect,
  prompts: ForeseenRun,
): Promise<void> {
  const { confirm_above_usd: above } = await readWorkspaceSettings(tools.store)
  if (above === undefined || prospect.run.stand_in) return
  const unpriced = unpricedText(prospect, tools.provider)
  if (unpriced !== undefined) return tools.confirm({ estimate: null, unpriced }, above)
  const found = await estimateProspect(tools, prospect, prompts)
  if (found.cost_usd.likely > above) await tools.confirm({ estimate: found, unpriced: null }, above)
}
