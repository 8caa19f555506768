/** What an answer costs. Prices move, so the provider's table is dated; a model without a price costs null, never 0. */
import type { TokenCounts } from '../model.ts'
import { type ModelPrices, type Provider, undatedId } from '../provider.ts'
import type { Prices } from '../request.ts'

/** The prices of a run. Its own (itemwise.yaml) come before the provider's. */
export interface PriceList {
  provider: Pick<Provider, 'models'>
  own?: Record<string, Prices> | undefined
}

/** What one request cost, in USD, or null if the model's price is unknown. Cache writes count at the 5-minute rate. */
export function costOf(model: string, tokens: TokenCounts, list: PriceList): number | null {
  const input = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_write_tokens
  const rates = ratesOf(model, input, list)
  if (rates === undefined) return null
  const usd =
    tokens.input_tokens * rates.input +
    tokens.output_tokens * rates.output +
    tokens.cache_read_tokens * rates.cache_read +
    tokens.cache_write_tokens * rates.cache_write
  // Rates have at most three decimals, so a token costs a whole number of 1e-9 USD: rounding only drops float noise.
  return Math.round(usd * 1e6) / 1e12
}

/** The rates of a request with so many input tokens, cached ones included; undefined if the model's price is unknown. */
export function ratesOf(model: string, inputTokens: number, list: PriceList): Prices | undefined {
  const prices = pricesOf(model, list)
  const long = prices?.long
  return long !== undefined && inputTokens > long.above_input_tokens ? long : prices
}

/** The rates of a model, by its id or, for a dated id such as claude-haiku-4-5-20251001, by its base. */
export function pricesOf(
  model: string,
  { provider, own = {} }: PriceList,
): (Prices & Pick<ModelPrices, 'long'>) | undefined {
  const known = (id: string) => (Object.hasOwn(provider.models, id) ? provider.models[id]?.prices : null)
  const said = (id: string) => (Object.hasOwn(own, id) ? own[id] : undefined)
  const base = undatedId(model)
  return said(model) ?? known(model) ?? said(base) ?? known(base) ?? undefined
}
