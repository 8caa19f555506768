/** What an answer costs. The table is dated, because prices move; a model it lacks costs null, never 0. */
import type { TokenCounts } from '../model.ts'
import type { Prices } from '../request.ts'
import table from './prices.json' with { type: 'json' }

/** USD per million tokens; `long` holds for the whole request where its input is longer. */
export interface ModelPrices extends Prices {
  long?: Prices & { above_input_tokens: number }
}

/** The day on which the table was last compared with published prices: YYYY-MM-DD. */
export const priceTableDate: string = table.date

const known: Readonly<Record<string, ModelPrices>> = table.models

/**
 * What one request cost, in USD, or null where the model's price is unknown. Cache writes count at the 5-minute rate.
 * `ownPrices` (itemwise.yaml) come before the table.
 */
export function costOf(model: string, tokens: TokenCounts, ownPrices: Record<string, Prices> = {}): number | null {
  const input = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_write_tokens
  const rates = ratesOf(model, input, ownPrices)
  if (rates === undefined) return null
  const usd =
    tokens.input_tokens * rates.input +
    tokens.output_tokens * rates.output +
    tokens.cache_read_tokens * rates.cache_read +
    tokens.cache_write_tokens * rates.cache_write
  // Rates have at most three decimals, so a token costs a whole number of 1e-9 USD: rounding only drops float noise.
  return Math.round(usd * 1e6) / 1e12
}

/** The rates of a request with so many input tokens, cached ones included; undefined where the model's price is unknown. */
export function ratesOf(
  model: string,
  inputTokens: number,
  ownPrices: Record<string, Prices> = {},
): Prices | undefined {
  const prices = pricesOf(model, ownPrices)
  const long = prices?.long
  return long !== undefined && inputTokens > long.above_input_tokens ? long : prices
}

/** The rates of a model, by its id or, for a dated id such as claude-haiku-4-5-20251001, by its base. */
export function pricesOf(model: string, ownPrices: Record<string, Prices> = {}): ModelPrices | undefined {
  const base = model.replace(/-\d{8}$/, '')
  return own(ownPrices, model) ?? own(known, model) ?? own(ownPrices, base) ?? own(known, base)
}

function own<T>(prices: Readonly<Record<string, T>>, model: string): T | undefined {
  return Object.hasOwn(prices, model) ? prices[model] : undefined
}
