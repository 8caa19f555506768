/** `itemwise spend`: what was spent, by the spend log, and what is left of the month. */
import type { SpendEntry } from '../core/documents.ts'
import { monthOf, monthSums } from '../core/money/spend-log.ts'
import { type SpendRow, type SpendView, spendReport } from '../core/money/spend-report.ts'
import { roundedDollars } from '../core/money/spending.ts'
import { readWorkspaceSettings } from '../core/request/parse-request.ts'
import { oneOffs, type Store } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { removedPipelines, tombstones } from '../core/versions/tombstone.ts'
import { countText, moneyText } from './number-text.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'
import { textTable } from './text-table.ts'
import { hasStats, savedLines } from './version-text.ts'

export interface SpendOptions extends StoreFlags {
  json?: boolean
  by?: SpendView
}

/** What holds for this month. */
interface ThisMonth {
  month: string
  limit_usd: number | null
  spent_usd: number
  reserved_usd: number
  /** Null without a limit. */
  left_usd: number | null
}

export async function spend(_words: [], options: SpendOptions, terminal: Terminal): Promise<number> {
  const store = await (await openPlace(options, terminal)).store()
  const by = options.by ?? 'month'
  const months = new Map<string, SpendEntry[]>()
  for (const month of await store.spendMonths()) months.set(month, (await store.spendLog(month)).entries)
  const { labels, before_usd } = await otherVersions(store, [...months.values()].flat())
  const report = spendReport(months, { by, labelOf: (ref) => labels.get(nameOf(ref)) })
  const now = await thisMonth(store, months)
  const told = { by, ...report, before_log_usd: before_usd, this_month: now }
  terminal.out(options.json ? `${jsonText(told, 2)}\n` : spendText(told))
  return 0
}

interface Told extends ReturnType<typeof spendReport> {
  by: SpendView
  before_log_usd: number
  this_month: ThisMonth
}

function spendText({ by, rows, total, before_log_usd, this_month }: Told): string {
  const table = textTable([...rows.map(rowOf), ['Total', costText(total.cost_usd)]], [0, 3])
  const before =
    before_log_usd > 0
      ? [
          `Not in the spend log: ${moneyText(before_log_usd)}, of versions made before there was one or fetched from elsewhere.`,
        ]
      : []
  const head = rows.length === 0 ? [`Nothing was spent yet${by === 'month' ? '' : `, by ${by}`}.`] : table
  return `${[...head, ...savedLines(total), ...before, ...monthLines(this_month)].join('\n')}\n`
}

function rowOf({ key, runs, cost_usd, ...tokens }: SpendRow): string[] {
  const input = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_write_tokens
  const name = key === oneOffs ? 'one-off runs' : printable(key)
  return [
    name,
    costText(cost_usd),
    `${countText(runs)} run${runs === 1 ? '' : 's'}`,
    `${countText(input)} tokens in, ${countText(tokens.output_tokens)} out`,
  ]
}

function costText(usd: number | null): string {
  return usd === null ? 'unknown' : moneyText(usd)
}

function monthLines({ month, limit_usd, spent_usd, reserved_usd, left_usd }: ThisMonth): string[] {
  if (limit_usd === null || left_usd === null) return []
  const reserved = reserved_usd > 0 ? `, ${moneyText(reserved_usd)} are reserved by runs` : ''
  return [
    `Left of ${month} (UTC): ${moneyText(Math.max(0, left_usd))} of ${moneyText(limit_usd)} (max_usd_per_month); ${moneyText(spent_usd)} are spent${reserved}.`,
  ]
}

async function thisMonth(store: Store, months: ReadonlyMap<string, SpendEntry[]>): Promise<ThisMonth> {
  const month = monthOf(Date.now())
  const { counted_usd, reserved } = monthSums(months.get(month) ?? [])
  const reserved_usd = roundedDollars([...reserved.values()].reduce((sum, { usd }) => sum + usd, 0))
  const limit_usd = (await readWorkspaceSettings(store)).max_usd_per_month ?? null
  const left_usd = limit_usd === null ? null : roundedDollars(limit_usd - counted_usd - reserved_usd)
  return { month, limit_usd, spent_usd: counted_usd, reserved_usd, left_usd }
}

/** The labels of today's versions, and what those cost that the log does not know, removed ones included. */
async function otherVersions(
  store: Store,
  entries: readonly SpendEntry[],
): Promise<{ labels: Map<string, string>; before_usd: number }> {
  const logged = new Set(entries.flatMap((entry) => (entry.kind === 'spent' ? [nameOf(entry)] : [])))
  const labels = new Map<string, string>()
  let before_usd = 0
  const add = (name: string, usd: number | null) => {
    if (!logged.has(name)) before_usd = roundedDollars(before_usd + (usd ?? 0))
  }
  const living = await store.pipelines()
  for (const pipeline of [...living, oneOffs])
    for await (const { version, metadata, alive } of store.records(pipeline, () => {})) {
      const name = nameOf({ pipeline, version })
      labels.set(name, metadata.pipeline_status)
      if (!alive && hasStats(metadata.stats)) add(name, metadata.stats.cost_usd)
    }
  for (const pipeline of [...living, ...(await removedPipelines(store))])
    for (const { version, cost_usd } of await tombstones(store, pipeline, () => {}))
      add(nameOf({ pipeline, version }), cost_usd)
  return { labels, before_usd }
}

function nameOf({ pipeline, version }: { pipeline: string; version: string }): string {
  return `${pipeline}/${version}`
}
