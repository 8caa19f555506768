/**
 * Divides a step's work: how many Lambdas run side by side, how many calls each makes at once, and how much a chunk has. What
 * costs money on AWS is Lambdas that wait, so one Lambda makes as many calls as it can.
 */
import type { ChunkLimits, PlannedWork } from '../core/stages/chunk-cutter.ts'

/** More calls in one Lambda save nothing any more, and a kill would lose them all. Its processor could make more: docs/scale.md. */
const mostCalls = 128
/** What the handler itself takes with 128 calls, and with what it kept since its last part. Measured: bench/process.ts. */
const ownMb = 350
/** An item is there as its line of the plan, as the prompt, and as the body that is sent; later as the answer and its entry. */
const copies = 3

/**
 * Calls a slot makes one after the other. So many that their different lengths even out and that a start and an end of a Lambda
 * cost little beside them; so few that a chunk of quick answers fits into one Lambda call.
 */
const waves = 30
/** Of the plan. A chunk's lines are read twice, and again in each further call. */
const mostChunkBytes = 64 * 1024 * 1024

export interface Shares {
  /** Chunks at once. */
  map_concurrency: number
  /** Calls at once in each of them. */
  batch_concurrency: number
}

export interface Room {
  /** Memory of a Lambda `process`, in MB. */
  memoryMb: number
  /** The most that a single call sends and gets, in bytes. */
  callBytes: number
  /** Most Lambdas at once, if that is known. */
  lambdas?: number
}

/** As few Lambdas as can make so many calls at once; the product never passes `most`. 16 calls are 1 × 16, 64 are 1 × 64, 1000 are 8 × 125. */
export function concurrencyOf(most: number, { memoryMb, callBytes, lambdas = most }: Room): Shares {
  const fitting = Math.floor(((memoryMb - ownMb) * 1024 * 1024) / (copies * callBytes))
  const calls = Math.max(1, Math.min(mostCalls, fitting))
  const shared = (wanted: number): Shares => {
    const map_concurrency = Math.max(1, Math.min(wanted, lambdas))
    return { map_concurrency, batch_concurrency: Math.min(calls, Math.floor(most / map_concurrency)) }
  }
  const [full, even] = [shared(Math.floor(most / calls)), shared(Math.ceil(most / calls))]
  const product = ({ map_concurrency, batch_concurrency }: Shares) => map_concurrency * batch_concurrency
  return product(even) > product(full) ? even : full
}

/** Chunks of at most so many waves, and as many in all as the Lambdas have rounds to work: none is left alone with the last one. */
export function chunkLimitsOf({ process }: Pick<PlannedWork, 'process'>, shares: Shares): ChunkLimits {
  const { map_concurrency, batch_concurrency } = shares
  const rounds = Math.max(1, Math.ceil(process / (map_concurrency * batch_concurrency * waves)))
  return { items: Math.max(1, Math.ceil(process / (rounds * map_concurrency))), bytes: mostChunkBytes }
}

/** Requests of one message batch: so few that its results are kept within one call, and many batches beside each other. */
const mostRequests = 10_000
/** Answers of one message batch that a Lambda holds, in bytes. */
const mostAnswerBytes = 200 * 1024 * 1024
/** Lambdas that send or collect at once: each keeps some 200 answers a second, and S3 takes 3,500 requests a second below one folder. */
export const mostBatchesAtOnce = 5

/** Chunks at half price, each a message batch unless it is too long for one. `answerBytes`: of the longest answer. */
export function batchLimitsOf(answerBytes: number): ChunkLimits {
  const items = Math.min(mostRequests, Math.floor(mostAnswerBytes / answerBytes))
  return { items: Math.max(1, items), bytes: mostChunkBytes }
}
