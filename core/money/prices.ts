/** What an answer costs. Prices move, so the provider's table is dated; a model without a price costs null, never 0. */
import type { TokenCounts } from '../model.ts'
import { type ModelPrices, type Provider, undatedId } from '../provider.ts'
import type { Delivery, Prices } from '../request.ts'

/** The prices of a run. Its own (itemwise.yaml) come before the provider's. */
export interface PriceList {
  provider: Pick<Provider, 'models'>
  own?: Record<string, Prices> | undefined
}

/** The rates of one request, at the full price. */
export interface Rates extends Prices {
  cache_write_1h: number
}

/** All rates of a model. `batch`: what a message batch costs, as a share of every one. */
export interface AllRates extends Rates {
  batch: number
  long?: ModelPrices['long']
}

// What they are of every model in the table, for models whose price a person gives.
const usualBatchShare = 0.5
const usualHourOfInput = 2

/** What one request cost, in USD, or null if the model's price is unknown. */
export function costOf(
  model: string,
  tokens: TokenCounts,
  list: PriceList,
  delivery: Delivery = 'live',
): number | null {
  const input = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_write_tokens
  const rates = ratesOf(model, input, list)
  if (rates === undefined) return null
  const hour = Math.min(tokens.cache_write_1h_tokens ?? 0, tokens.cache_write_tokens)
  const usd =
    tokens.input_tokens * rates.input +
    tokens.output_tokens * rates.output +
    tokens.cache_read_tokens * rates.cache_read +
    (tokens.cache_write_tokens - hour) * rates.cache_write +
    hour * rates.cache_write_1h
  const share = delivery === 'batch' ? batchShare(model, list) : 1
  // Rates have at most three decimals, so a token costs a whole number of 1e-9 USD: rounding only drops float noise.
  return Math.round(usd * share * 1e6) / 1e12
}

/** What a message batch costs, as a share of the full price. */
export function batchShare(model: string, list: PriceList): number {
  return pricesOf(model, list)?.batch ?? usualBatchShare
}

/** The rates of a request with so many input tokens, cached ones included; undefined if the model's price is unknown. */
export function ratesOf(model: string, inputTokens: number, list: PriceList): Rates | undefined {
  const prices = pricesOf(model, list)
  const long = prices?.long
  return long !== undefined && inputTokens > long.above_input_tokens ? long : prices
}

/** The rates of a model, by its id or, for a dated id such as claude-haiku-4-5-20251001, by its base. */
export function pricesOf(model: string, { provider, own = {} }: PriceList): AllRates | undefined {
  const known = (id: string) => (Object.hasOwn(provider.models, id) ? provider.models[id]?.prices : null)
  const said = (id: string) => (Object.hasOwn(own, id) ? own[id] : undefined)
  const base = undatedId(model)
  const prices: (Prices & Partial<AllRates>) | undefined =
    said(model) ?? known(model) ?? said(base) ?? known(base) ?? undefined
  return prices && { cache_write_1h: usualHourOfInput * prices.input, batch: usualBatchShare, ...prices }
}
