/** What a run will take, before it is begun: requests, tokens and cost, and where each of these numbers comes from. */

import { RequestRefused } from '../errors.ts'
import { TokenCounter } from '../money/input-tokens.ts'
import { pricesOf } from '../money/prices.ts'
import { nothing, type Range, rounded, sumOf } from '../money/range.ts'
import type { Provider } from '../provider.ts'
import type { Prospect } from '../request/prospect.ts'
import { didYouMean, someOf } from '../text/nearest.ts'
import { estimateStep, type HandedOn, type StepEstimate } from './estimate-step.ts'
import type { Estimating } from './estimating.ts'

/** What a run will take. */
export interface Estimate {
  /** Day of the price table: YYYY-MM-DD. */
  prices_of: string
  /** In the steps for which it is known. */
  requests: number
  input_tokens: Range
  output_tokens: Range
  /** As the run asks: live, or at half price. */
  cost_usd: Range
  live_usd: Range
  half_price_usd: Range
  /** How long live answers take, one step after the other, as far as that can be guessed. */
  live_seconds: number
  /** Whether some step's requests are not known, so that all of this is a part only. */
  incomplete: boolean
  steps: StepEstimate[]
  warnings: string[]
}

/** Estimates what `check` found that would be done. Throws RequestRefused if a model has no known price. */
export async function estimate(estimating: Estimating): Promise<Estimate> {
  const { prospect, provider } = estimating
  const unpriced = unpricedText(prospect, provider)
  if (unpriced !== undefined) throw new RequestRefused([unpriced])
  const counter = new TokenCounter(estimating.count)
  const steps: StepEstimate[] = []
  let before: HandedOn = { answers: 0, tokens: nothing }
  for (const { step } of prospect.steps) {
    const found = await estimateStep(estimating, { step, before, counter })
    steps.push(found.estimate)
    before = found.handsOn
  }
  return {
    prices_of: provider.date,
    requests: steps.reduce((sum, { requests }) => sum + (requests ?? 0), 0),
    input_tokens: sumOf(steps.map(({ input_tokens }) => input_tokens)),
    output_tokens: sumOf(steps.map(({ output_tokens }) => output_tokens)),
    cost_usd: rounded(sumOf(steps.map(({ cost_usd }) => cost_usd)), 1e9),
    live_usd: rounded(sumOf(steps.map(({ live_usd }) => live_usd)), 1e9),
    half_price_usd: rounded(sumOf(steps.map(({ half_price_usd }) => half_price_usd)), 1e9),
    live_seconds: steps.reduce((sum, { live_seconds }) => sum + live_seconds, 0),
    incomplete: steps.some(({ requests }) => requests === null),
    steps,
    warnings:
      counter.failure === null ? [] : [`Tokens could not be counted, so they are from characters: ${counter.failure}`],
  }
}

/** A sentence about the models that have no known price, or undefined if all have one. */
export function unpricedText({ run }: Pick<Prospect, 'run'>, provider: Provider): string | undefined {
  const models = new Set(run.steps.map(({ model }) => model))
  const unpriced = [...models].filter((model) => pricesOf(model, { provider, own: run.workspace.prices }) === undefined)
  if (unpriced.length === 0) return undefined
  return `What ${someOf(unpriced)} costs is not known: the price table of ${provider.date} does not have it.${didYouMean(unpriced[0]!, Object.keys(provider.models))} Expected a model of the table, or its prices in itemwise.yaml: prices: {"${unpriced[0]}": {input: 1, output: 5, cache_read: 0.1, cache_write: 1.25}}, in USD per million tokens.`
}
