/** What prompt caching saved in a version. */
import type { StepStats } from '../documents.ts'
import { type PriceList, ratesOf } from './prices.ts'

/**
 * USD: what was read from the cache would have cost the whole input rate, and what was written into it costs more than that
 * rate. Below 0 if more was written than was ever read. Null if a price is not known.
 */
export function cachingSaved(steps: readonly StepStats[], list: PriceList): number | null {
  let saved = 0
  for (const { model, processed, input_tokens, cache_read_tokens, cache_write_tokens, ...step } of steps) {
    const cached = cache_read_tokens + cache_write_tokens
    if (cached === 0) continue
    // Requests of one step are about equally long, so that the mean says which rates hold.
    const rates = ratesOf(model, (input_tokens + cached) / Math.max(1, processed), list)
    if (rates === undefined) return null
    const hour = step.cache_write_1h_tokens ?? 0
    const usd =
      cache_read_tokens * (rates.input - rates.cache_read) -
      (cache_write_tokens - hour) * (rates.cache_write - rates.input) -
      hour * (rates.cache_write_1h - rates.input)
    saved += (usd / 1e6) * paidShare(step)
  }
  // Drops float noise, as prices do.
  return Math.round(saved * 1e12) / 1e12
}

/** How much of the full price was paid: a message batch halves what caching saves, too. */
function paidShare({ cost_usd, batch_saved_usd = 0 }: Pick<StepStats, 'cost_usd' | 'batch_saved_usd'>): number {
  return cost_usd === null || batch_saved_usd === 0 ? 1 : cost_usd / (cost_usd + batch_saved_usd)
}
