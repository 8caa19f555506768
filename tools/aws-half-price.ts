/** What a step at half price takes on AWS, besides the model: executions, events, Lambda time and cost, as a sum: docs/scale.md shows it. */
import { firstLookMs, growth, longestLookMs } from '../core/stages/half-price/patience.ts'
import { batchLimitsOf, mostBatchesAtOnce } from '../lambdas/concurrency.ts'
import { assumed } from './aws-cost.ts'
import { awsPrices as prices } from './aws-prices.ts'

const hourSeconds = 3600
/** Looks after an hour (core/stages/half-price/look-after.ts). */
const laterSeconds = 300
/** Items that share a listing (stores/s3-dynamodb/part-names.ts). */
const itemsOfShard = 1000
/** Replies that are under way at once while results are read (core/stages/half-price/receiving.ts). */
const repliesAtOnce = 1000
const answerTokens = 4096

/**
 * Milliseconds of a Lambda of 1,024 MB for an item: to render and send it, to read, judge and keep its result, and to see that it is
 * kept.
 */
const msOf = { send: 2, collect: 10, see: 1 } as const
/** Of a call: its start, and what it reads before its first item. */
const callSeconds = 1
const lookSeconds = 0.5

/** Of one execution, of Step Functions' kinds. */
const eventsOf = { task: 5, choice: 2, wait: 2, map: 5, frame: 2 } as const
export const mostEvents = 25_000

/** How often the batches are looked at while they are waited for so long. */
export function looksWithin(seconds: number): number {
  let looks = 0
  for (let at = 0; at < seconds; looks++) {
    const ms = Math.min(firstLookMs * growth ** looks, longestLookMs)
    at += at < hourSeconds ? Math.ceil(ms / 1000) : laterSeconds
  }
  return looks
}

export interface HalfPriceOnAws {
  items: number
  /** How long the batches take. */
  hours: number
  packed?: boolean
}

export interface HalfPriceCost {
  /** Message batches, as many as chunks. */
  batches: number
  looks: number
  executions: number
  /** Of the execution that has most: the one that waits. */
  events: number
  lambdaSeconds: number
  /** At the least, beside the waiting. */
  minutes: number
  usd: number
}

/** All batches are sent, waited for together and collected; then one more round finds that nothing is left. */
export function halfPriceCost({ items, hours, packed = false }: HalfPriceOnAws): HalfPriceCost {
  const ofChunk = batchLimitsOf(answerTokens * 4).items
  const batches = Math.ceil(items / ofChunk)
  const looks = looksWithin(hours * hourSeconds)
  const rounds = { send: 2, collect: 1 }
  const parts = batches * (rounds.send + rounds.collect)
  const working = (items * (msOf.send + msOf.see + msOf.collect)) / 1000 + parts * callSeconds
  const lambdaSeconds = working + looks * lookSeconds
  const usd =
    storeUsd({ items, batches, packed }) +
    (lambdaSeconds * prices.lambdaGbSecond.usd + (parts + looks) * prices.lambdaCall.usd) +
    // A part: the call, whether it is done, its end, and its place in the Map. A look: the pause, the call, the choice.
    (parts * 4 + looks * 3) * prices.transition.usd +
    ((items * (assumed.promptBytes + assumed.requestBytes)) / 1e9) * prices.egressGb.usd +
    (parts + looks) * (prices.trace.usd + 2000 * 1e-9 * prices.logGb.usd)
  return {
    ...{ batches, looks, lambdaSeconds, usd },
    // The run itself, its parts, and the one that waits.
    executions: 1 + parts + 1,
    events: looks * (eventsOf.wait + eventsOf.task + eventsOf.choice) + eventsOf.frame,
    minutes: working / Math.min(batches, mostBatchesAtOnce) / 60,
  }
}

function storeUsd({ items, batches, packed }: { items: number; batches: number; packed: boolean }): number {
  const shards = items / itemsOfShard
  // Of each keeper: it is open, its part, and a listing; two keepers of a collection, one of each sending.
  const ofKeepers = 4 * shards * 3
  const replies = (items / repliesAtOnce) * Math.min(10, items / itemsOfShard)
  const records = batches * 4
  // Replies and parts are read when they are judged, by the last sending, and by `collate`.
  const reads = 3 * (replies + 2 * shards) + batches * 20
  // Half of what is kept at once (core/stages/half-price/collect.ts) shares a group, at the least.
  const groups = packed ? items / 32 + 2 * shards : 2 * items
  return (ofKeepers + replies + records + groups) * prices.s3Put.usd + reads * prices.s3Get.usd
}
