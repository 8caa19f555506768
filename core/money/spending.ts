/** Adding up what answers cost. */
import type { Spending } from '../documents.ts'

export const nothingSpent: Spending = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cost_usd: 0,
}

/** The sum of two. A cost that is not known makes the sum unknown: it is never counted as 0. */
export function plus(a: Spending, b: Spending): Spending {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    cache_read_tokens: a.cache_read_tokens + b.cache_read_tokens,
    cache_write_tokens: a.cache_write_tokens + b.cache_write_tokens,
    cost_usd: a.cost_usd === null || b.cost_usd === null ? null : roundedDollars(a.cost_usd + b.cost_usd),
    ...seldomOf({
      cache_write_1h_tokens: (a.cache_write_1h_tokens ?? 0) + (b.cache_write_1h_tokens ?? 0),
      batch_saved_usd: roundedDollars((a.batch_saved_usd ?? 0) + (b.batch_saved_usd ?? 0)),
    }),
  }
}

/** What only spending at half price has: documents without it stay as they are. */
export function seldomOf({
  cache_write_1h_tokens = 0,
  batch_saved_usd = 0,
}: Pick<Spending, 'cache_write_1h_tokens' | 'batch_saved_usd'>): Pick<
  Spending,
  'cache_write_1h_tokens' | 'batch_saved_usd'
> {
  return {
    ...(cache_write_1h_tokens > 0 && { cache_write_1h_tokens }),
    ...(batch_saved_usd > 0 && { batch_saved_usd }),
  }
}

/** Twelve decimals: prices per million tokens have at most six, and floating-point dust must not show. */
export function roundedDollars(dollars: number): number {
  return Math.round(dollars * 1e12) / 1e12
}

/** The spending part of a ledger line. */
export function spendingOf({
  input_tokens,
  output_tokens,
  cache_read_tokens,
  cache_write_tokens,
  cost_usd,
  ...seldom
}: Spending): Spending {
  return { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd, ...seldomOf(seldom) }
}
