/** How a step's calls at once are shared out: so many chunks side by side, so many calls in each. */

/** More chunks at once than this would mostly start Lambdas: with 25 calls in each it is 1,000 calls, the most a step may have. */
const mostChunks = 40
/** As many as a chunk has items. */
const mostCalls = 25

/**
 * Few calls in many chunks keep a chunk's slow last call from holding up the others; many calls in few chunks cost less
 * Lambda time. The square root is between the two: 16 calls are 4 × 4, 64 are 8 × 8, 1000 are 40 × 25. The product never
 * passes `most`.
 */
export function concurrencyOf(most: number): { map_concurrency: number; batch_concurrency: number } {
  const batch_concurrency = Math.min(mostCalls, Math.max(Math.ceil(Math.sqrt(most)), Math.ceil(most / mostChunks)))
  return { batch_concurrency, map_concurrency: Math.max(1, Math.floor(most / batch_concurrency)) }
}
