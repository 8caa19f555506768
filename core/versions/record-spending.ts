/** Writes what a version has spent into the spend log: what the log does not have yet. Called again, it adds nothing. */
import type { Metadata, RunDocument, SpendEntry, Spending, Stats } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import {
  addTo,
  modelKey,
  monthOf,
  monthSums,
  monthsBetween,
  type OfModel,
  type RunSums,
  runSums,
} from '../money/spend-log.ts'
import { nothingSpent, roundedDollars, seldomOf, spendingOf } from '../money/spending.ts'
import type { Store, VersionRef } from '../store.ts'
import { readRun } from './version-documents.ts'

export interface Recording {
  /** The label is taken from it. */
  metadata: Pick<Metadata, 'pipeline_status'>
  stats: Metadata['stats']
  /** Epoch milliseconds. */
  now: number
}

/** Answers of the stand-in cost nothing and are not recorded. Throws StoreUnwritable. */
export async function recordSpending(store: Store, ref: VersionRef, recording: Recording): Promise<void> {
  const { stats, now } = recording
  const run = await runIfReadable(store, ref)
  if (run === undefined || run.stand_in || !isCounted(stats)) return
  const account = await store.spendAccount(ref)
  const most = (await account?.spent()) ?? 0
  await account?.close()
  for (;;) {
    const { month, next, known, isReserved } = await knownOf(store, run, now)
    const models = added(stats, known)
    // Less than before, if what was set aside for a call has turned out to be too much.
    const counted_usd = roundedDollars(Math.max(most, stats.cost_usd ?? 0) - known.counted_usd)
    if (models.length === 0 && counted_usd === 0 && !isReserved) return
    const entry: SpendEntry = {
      ...{ kind: 'spent', time: new Date(now).toISOString(), run_id: run.run_id },
      ...{ pipeline: ref.pipeline, version: ref.version },
      ...{ label: recording.metadata.pipeline_status, models, counted_usd },
    }
    if (await store.addSpend(month, next, entry)) return
  }
}

/** What is logged of a run, and where the next entry of it belongs: into the month in which it reserved something, else into this one. */
export async function knownOf(store: Store, { run_id, created }: Pick<RunDocument, 'run_id' | 'created'>, now: number) {
  const logs = []
  for (const month of monthsBetween(Date.parse(created), now)) logs.push({ month, ...(await store.spendLog(month)) })
  const reserving = logs.find(({ entries }) => monthSums(entries).reserved.has(run_id))
  const { month, next } = reserving ?? logs[0] ?? { month: monthOf(now), next: 0 }
  const entries = logs.flatMap((log) => log.entries)
  return { month, next, known: runSums(entries, run_id), isReserved: reserving !== undefined }
}

/** By model, and by how answers came, what the log lacks. */
function added({ steps }: Stats, { byModel }: RunSums): OfModel[] {
  const now = new Map<string, OfModel>()
  for (const { model, spent_by_batch: batch, ...step } of steps) {
    addTo(now, { model, ...minus(spendingOf(step), batch ?? nothingSpent) })
    if (batch !== undefined) addTo(now, { model, delivery: 'batch', ...batch })
  }
  return [...now.values()].flatMap((spent) => {
    const { model, delivery } = spent
    const more = minus(spent, byModel.get(modelKey(spent)) ?? nothingSpent)
    return isNothing(more) ? [] : [{ model, ...(delivery && { delivery }), ...more }]
  })
}

/** An unknown cost stays unknown as long as it is not known of both. */
function minus(all: Spending, before: Spending): Spending {
  return {
    input_tokens: Math.max(0, all.input_tokens - before.input_tokens),
    output_tokens: Math.max(0, all.output_tokens - before.output_tokens),
    cache_read_tokens: Math.max(0, all.cache_read_tokens - before.cache_read_tokens),
    cache_write_tokens: Math.max(0, all.cache_write_tokens - before.cache_write_tokens),
    cost_usd:
      all.cost_usd === null || before.cost_usd === null
        ? null
        : Math.max(0, roundedDollars(all.cost_usd - before.cost_usd)),
    ...seldomOf({
      cache_write_1h_tokens: (all.cache_write_1h_tokens ?? 0) - (before.cache_write_1h_tokens ?? 0),
      batch_saved_usd: roundedDollars((all.batch_saved_usd ?? 0) - (before.batch_saved_usd ?? 0)),
    }),
  }
}

function isNothing({ cost_usd, ...tokens }: Spending): boolean {
  return Object.values(tokens).every((count) => count === 0) && (cost_usd ?? 0) === 0
}

function isCounted(stats: Metadata['stats']): stats is Stats {
  return 'steps' in stats
}

async function runIfReadable(store: Store, ref: VersionRef): Promise<RunDocument | undefined> {
  try {
    return await readRun(store, ref)
  } catch (error) {
    if (error instanceof FileMissing || error instanceof RunFailed) return undefined
    throw error
  }
}
