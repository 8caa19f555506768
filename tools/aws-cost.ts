/**
 * What a run costs on AWS besides the model, as a sum of requests, seconds and prices: docs/scale.md shows it, test/scale.test.ts asserts it.
 * Long, since it is one sum, each number beside its source.
 */
import { secondsBetweenTellings } from '../core/money/spend-blocks.ts'
import { sizeOf } from '../infra/lambda.ts'
import { chunkLimitsOf, concurrencyOf, type Shares } from '../lambdas/concurrency.ts'
import { awsPrices as prices } from './aws-prices.ts'
import {
  answersOfGroup,
  requestsOfBeat,
  requestsOfClaim,
  requestsOfCollate,
  requestsOfGroup,
  requestsOfHandler,
  requestsOfItem,
  requestsOfKeeper,
  requestsOfLeaving,
  requestsOfLook,
  requestsOfPacks,
  requestsOfProcess,
  requestsOfShard,
  secondsBetweenBeats,
  secondsBetweenLooks,
  secondsBetweenRenewals,
  secondsBetweenSigns,
} from './aws-requests.ts'

export interface RunOnAws {
  items: number
  max_concurrency: number
  /** How long an answer takes. */
  answerSeconds: number
  memoryMb?: number
  /** `keep: { prompts: packed, items: packed }`; else each prompt and each answer is an object. */
  packed?: boolean
}

/** What a person should know of the assumptions. Bytes an item. */
export const assumed = { promptBytes: 2000, answerBytes: 1000, requestBytes: 750, ledgerBytes: 614 } as const

/** A Lambda's start, until its first call of the model. */
const startSeconds = 1
/** New calls begin in so much of a Lambda's time (lambdas/chunk-time.ts). */
const beginningSeconds = 445
/** Items that share a listing (stores/s3-dynamodb/part-names.ts). */
const itemsOfShard = 1000
/** A keeper puts a part when it holds so much (stores/s3-dynamodb/entry-texts.ts). */
const partBytes = 16 * 1024 * 1024
/** A call's lines in the log: its start, its end, and its figures. */
const logBytes = 2000
/** Seconds of `open`, `plan`, `collate` and `publish` for an item, and their memory: bench/stages.ts, and 100 ms a listing. */
const otherSeconds = 121e-6
const otherGb = 1.73

/** How a run is divided: what docs/scale.md counts. */
export interface Division extends Shares {
  chunks: number
  /** Items of a chunk. */
  chunkItems: number
  /** Lambda calls that a chunk takes. */
  calls: number
  /** Seconds that its Lambdas live. */
  seconds: number
  /** Listings that a chunk needs: it touches so many thousands of items. */
  shards: number
  /** At the least, in hours. */
  hours: number
}

export function divisionOf({ items, max_concurrency, answerSeconds, memoryMb = processMb() }: RunOnAws): Division {
  const shares = concurrencyOf(max_concurrency, { memoryMb, callBytes: assumed.promptBytes + 4096 * 4 })
  const chunkItems = chunkLimitsOf({ process: items }, shares).items
  const chunks = Math.ceil(items / chunkItems)
  const work = Math.ceil(chunkItems / shares.batch_concurrency) * answerSeconds
  const calls = Math.ceil(work / beginningSeconds)
  // At the end of each call some calls of the model are still under way while no new one begins.
  const seconds = work + calls * (answerSeconds + startSeconds)
  const shards = Math.min(chunkItems, (chunkItems - 1) / itemsOfShard + 1)
  const hours = (items * answerSeconds) / (shares.map_concurrency * shares.batch_concurrency) / 3600
  return { ...shares, chunks, chunkItems, calls, seconds, shards, hours }
}

/** A line of the sum. */
export interface CostRow {
  what: string
  arithmetic: string
  usd: number
}

/** The cost of a run's AWS, line by line. */
export function costOf(run: RunOnAws): { rows: CostRow[]; usd: number; division: Division } {
  const division = divisionOf(run)
  const rows = [...storeRows(run, division), ...computeRows(run, division), ...sideRows(run, division)]
  return { rows, usd: rows.reduce((sum, { usd }) => sum + usd, 0), division }
}

function storeRows(run: RunOnAws, division: Division): CostRow[] {
  const { items, packed = false } = run
  const { chunks, calls, shards, seconds } = division
  const keeping = chunks * calls
  const heldBytes = assumed.answerBytes + assumed.ledgerBytes + (packed ? assumed.promptBytes : 0)
  const early = (items * heldBytes) / partBytes
  const puts = keeping * shards * (requestsOfShard.PutObject + requestsOfShard.ListObjectsV2) + early
  const listings = (items / itemsOfShard) * requestsOfCollate.ListObjectsV2
  const parts = (keeping * shards + early) * requestsOfCollate.GetObject
  const gets =
    keeping * (requestsOfKeeper.GetObject + requestsOfProcess.GetObject + requestsOfHandler.GetObject) + parts
  const beats = chunks * (seconds / secondsBetweenBeats + 2 * calls) * requestsOfBeat.UpdateItem
  const perCall = requestsOfClaim.UpdateItem + requestsOfClaim.DeleteItem + requestsOfLeaving.UpdateItem
  const claims = chunks * (seconds / secondsBetweenRenewals + calls * perCall)
  const signs = chunks * (seconds / secondsBetweenSigns + calls * requestsOfKeeper.UpdateItem)
  const looks = ((chunks * seconds) / secondsBetweenLooks) * requestsOfLook.GetItem
  return [
    ...(packed ? groupRows(run, division) : [fileRow(run)]),
    {
      what: 'S3, chunks',
      arithmetic: `${count(puts + listings)} \`PUT\` and \`LIST\` × $0.005 / 1,000, ${count(gets)} \`GET\` × $0.0004 / 1,000`,
      usd: (puts + listings) * prices.s3Put.usd + gets * prices.s3Get.usd,
    },
    {
      what: 'DynamoDB, beats, claims and looks',
      arithmetic: `${count(beats + claims + signs)} writes × $0.625 / million, ${count(looks)} reads × $0.125 / million`,
      usd: (beats + claims + signs) * prices.tableWrite.usd + looks * prices.tableRead.usd,
    },
  ]
}

function fileRow({ items }: RunOnAws): CostRow {
  return {
    what: 'S3 `PUT`, items',
    arithmetic: `${requestsOfItem.PutObject} × ${count(items)} × $0.005 / 1,000`,
    usd: items * requestsOfItem.PutObject * prices.s3Put.usd,
  }
}

/** A group whose answers are of two thousands of items is two objects. */
function groupRows({ items, answerSeconds }: RunOnAws, { batch_concurrency: calls }: Division): CostRow[] {
  const answers = answersOfGroup({ calls, answerSeconds })
  const groups = (items / answers) * (1 + calls / itemsOfShard)
  const packs = (items / itemsOfShard) * requestsOfPacks.PutObject
  return [
    {
      what: 'S3 `PUT`, groups of answers',
      arithmetic: `${count(items)} ÷ ${answers.toFixed(1)} and those of two shards: ${count(groups)} × $0.005 / 1,000`,
      usd: groups * requestsOfGroup.PutObject * prices.s3Put.usd,
    },
    {
      what: 'S3 `PUT`, packs',
      arithmetic: `${count(packs)} × $0.005 / 1,000`,
      usd: packs * prices.s3Put.usd,
    },
  ]
}

function computeRows({ items, memoryMb = processMb() }: RunOnAws, { chunks, calls, seconds }: Division): CostRow[] {
  const transitions = 2 + 2 * calls
  const gb = memoryMb / 1024
  const invocations = chunks * calls
  return [
    {
      what: 'Step Functions',
      arithmetic: `${count(chunks)} chunks × ${transitions} transitions × $0.025 / 1,000`,
      usd: chunks * transitions * prices.transition.usd,
    },
    {
      what: `Lambda \`process\`, arm64, ${count(memoryMb)} MB`,
      arithmetic: `${count(chunks)} chunks × ${count(seconds)} s × ${gb} GB × $0.0000133334, ${count(invocations)} calls × $0.20 / million`,
      usd: chunks * seconds * gb * prices.lambdaGbSecond.usd + invocations * prices.lambdaCall.usd,
    },
    {
      what: 'Lambda, the other stages',
      arithmetic: `${count(items * otherSeconds)} s × ${otherGb} GB × $0.0000133334`,
      usd: items * otherSeconds * otherGb * prices.lambdaGbSecond.usd,
    },
  ]
}

function sideRows({ items, max_concurrency }: RunOnAws, { chunks, calls, seconds }: Division): CostRow[] {
  const invocations = chunks * calls
  const sentGb = (items * (assumed.promptBytes + assumed.requestBytes)) / 1e9
  // A block and what was spent of it, each once for as many calls as go at once, if a call costs its most.
  const blocks = (2 * items) / Math.min(max_concurrency, 128)
  // What no call holds goes back now and then, and at the end; then a call may need another block.
  const handBacks = (2 * chunks * seconds) / secondsBetweenTellings + invocations
  const writes = blocks + handBacks + invocations * requestsOfLeaving.UpdateItem
  return [
    {
      what: 'Logs and traces',
      arithmetic: `${count(invocations)} calls × ${logBytes / 1000} KB × $0.50 / GB, a trace of each × $5 / million: at most, they are sampled`,
      usd: ((invocations * logBytes) / 1e9) * prices.logGb.usd + invocations * prices.trace.usd,
    },
    {
      what: 'Data to the model',
      arithmetic: `${sentGb.toFixed(2)} GB × $0.09; the first 100 GB a month are free`,
      usd: sentGb * prices.egressGb.usd,
    },
    {
      what: 'DynamoDB with `max_cost_usd`',
      arithmetic: `at most ${count(writes)} writes × $0.625 / million, while the limit is far`,
      usd: writes * prices.tableWrite.usd,
    },
  ]
}

/** Of a stack without settings. */
function processMb(): number {
  return sizeOf('process', { processTimeoutSeconds: 900, processMemoryMb: 1024 }).memorySize
}

export function count(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}
