/**
 * What a version keeps of its message batches: work/NN_message_batch_003.json, one a batch. It is written before the batch is sent, so
 * that no killed process can forget one, and again when its id is known and when its results are kept.
 */
import * as z from 'zod'
import { FileMissing, RunFailed } from '../errors.ts'
import { type Store, stepNumber, type VersionRef, versionFolder } from '../store.ts'
import { NumberSet } from '../text/number-set.ts'
import { readText } from './version-documents.ts'

const batchRecord = z.object({
  step: z.int(),
  number: z.int().describe('from 1, in the order in which the step sent them'),
  state: z
    .enum(['intended', 'sent', 'collected', 'gone'])
    .describe('intended: about to be sent, or sent and the answer was lost. gone: the API has its results no more'),
  intended_at: z.string().describe('UTC'),
  requests: z.int(),
  items: z.array(z.tuple([z.int(), z.int()])).describe('their positions, as ranges: first and last'),
  plan: z
    .tuple([z.int(), z.int()])
    .optional()
    .describe('the bytes of the plan that had its items; absent in records of earlier releases'),
  newest_before: z
    .object({ id: z.string(), created_at: z.string() })
    .nullable()
    .describe("the newest batch of the account's workspace before this one was sent; null: there was none"),
  reserved_usd: z.number().describe('what max_cost_usd has set aside for it; 0 without a limit'),
  id: z.string().nullable(),
  created_at: z.string().nullable().describe("UTC, by the API's clock"),
  expires_at: z.string().nullable(),
  cancelled: z.boolean().describe('whether the API was asked to cancel it'),
})
export type BatchRecord = z.infer<typeof batchRecord>

/** Its results are still to be kept, or it is not known yet whether there is such a batch. */
export function isOut({ state }: BatchRecord): boolean {
  return state === 'intended' || state === 'sent'
}

function pathOf(ref: VersionRef, { step, number }: Pick<BatchRecord, 'step' | 'number'>): string {
  return `${versionFolder(ref)}/work/${stepNumber(step)}_message_batch_${String(number).padStart(3, '0')}.json`
}

export function writeBatchRecord(store: Store, ref: VersionRef, record: BatchRecord): Promise<void> {
  return store.write(pathOf(ref, record), `${JSON.stringify(record, null, 1)}\n`)
}

/** For a batch that was never sent. */
export function removeBatchRecord(store: Store, ref: VersionRef, record: BatchRecord): Promise<void> {
  return store.remove(pathOf(ref, record))
}

const name = /^(\d+)_message_batch_\d+\.json$/

/** The paths of the records of a version that cannot be read. */
export async function damagedBatchRecords(store: Store, ref: VersionRef): Promise<string[]> {
  const folder = `${versionFolder(ref)}/work/`
  const paths = (await store.list(folder)).filter((file) => name.test(file)).map((file) => folder + file)
  const states = await Promise.allSettled(paths.map((path) => readRecord(store, path)))
  return paths.filter((_, at) => states[at]?.status === 'rejected')
}

/** The batches of a version, or of one of its steps, in the order in which they were sent. Throws RunFailed for a damaged record. */
export async function batchRecords(store: Store, ref: VersionRef, step?: number): Promise<BatchRecord[]> {
  const folder = `${versionFolder(ref)}/work/`
  const names = (await store.list(folder)).filter((file) => name.test(file))
  const wanted = names.filter((file) => step === undefined || Number(name.exec(file)?.[1]) === step)
  return Promise.all(wanted.map((file) => readRecord(store, folder + file)))
}

/** Those of a version that are with the API, as far as its records can be read: for showing them. */
export async function batchesOut(store: Store, ref: VersionRef): Promise<BatchRecord[]> {
  try {
    return (await batchRecords(store, ref)).filter(isOut)
  } catch (error) {
    if (error instanceof RunFailed || error instanceof FileMissing) return []
    throw error
  }
}

/** `2 message batches are with the API (11,234 requests, the first since 2026-11-28 14:02 UTC); …` */
export function batchesText(out: readonly BatchRecord[]): string {
  const requests = out.reduce((sum, one) => sum + one.requests, 0)
  const sent = out.map(({ created_at, intended_at }) => created_at ?? intended_at).sort()
  const latest = out
    .flatMap(({ expires_at }) => expires_at ?? [])
    .sort()
    .at(-1)
  const many = out.length === 1 ? 'One message batch is' : `${out.length} message batches are`
  const since = `${out.length === 1 ? '' : 'the first '}since ${minuteText(sent[0] ?? '')}`
  const due =
    latest === undefined ? '' : `; most end within an hour, and it expires at ${minuteText(latest)} at the latest`
  return `${many} with the API (${requests.toLocaleString('en-US')} request${requests === 1 ? '' : 's'}, ${since})${due}`
}

/** `2026-11-28 14:02 UTC` */
export function minuteText(moment: string): string {
  return `${moment.slice(0, 10)} ${moment.slice(11, 16)} UTC`
}

async function readRecord(store: Store, path: string): Promise<BatchRecord> {
  try {
    return batchRecord.parse(JSON.parse(await readText(store, path)))
  } catch (cause) {
    throw new RunFailed(
      `${path}, which says what a message batch holds, is damaged. Expected it as it was written. Put it back from a copy: without it the answers of that batch, which are paid for, cannot be told from others.`,
      { cause },
    )
  }
}

/** The positions of a batch's items. */
export function itemsOf({ items }: Pick<BatchRecord, 'items'>): NumberSet {
  const set = new NumberSet()
  for (const [first, last] of items) for (let index = first; index <= last; index++) set.add(index)
  return set
}

/** Ascending positions as ranges. */
export class Ranges {
  readonly all: [number, number][] = []

  add(index: number): void {
    const last = this.all.at(-1)
    if (last !== undefined && last[1] === index - 1) last[1] = index
    else this.all.push([index, index])
  }
}
