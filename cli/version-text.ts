/** How a version stands in `list`, `compare` and `show`: its name and the lines about it. People grep these. */
import type { Metadata, Spending, Stats } from '../core/documents.ts'
import type { VersionState } from '../core/store.ts'
import { type BatchRecord, batchesText } from '../core/versions/message-batches.ts'
import { countText, moneyText, secondsText } from './number-text.ts'
import { printable } from './printable.ts'

export const rule = '='.repeat(70)

/** Message batches of a version that are with the API. */
export interface Waiting {
  out?: readonly BatchRecord[]
}

/** The line about them, if there are any. */
export function waitingLines({ out = [] }: Waiting): string[] {
  return out.length === 0 ? [] : [`Message batches: ${batchesText(out)}`]
}

/** `v2`, `v1 (latest)`, `v2 (running)`, `v2 (waiting)` for message batches. A run whose process died shows as failed. */
export function versionTitle(state: VersionState & Waiting, latest?: string): string {
  const { version, status } = state.metadata
  const going = state.alive ? 'running' : 'failed'
  const running = state.out?.length ? 'waiting' : going
  const marks = [
    version === latest ? ' (latest)' : '',
    status === 'completed' ? '' : ` (${status === 'running' ? running : status})`,
  ]
  return version + marks.join('')
}

/** The lines about where a version comes from. */
export function originLines(metadata: Metadata): string[] {
  return [
    `Created: ${metadata.timestamp}`,
    `Status: ${printable(metadata.pipeline_status)}`,
    ...(metadata.notes
      ? [
          `Notes: ${printable(metadata.notes)
            .trim()
            .replace(/\s*\n\s*/g, ' ')}`,
        ]
      : []),
    `Mode: ${metadata.mode}`,
    ...(metadata.base_version === null ? [] : [`Base: ${metadata.base_version}`]),
    `Duration: ${secondsText(metadata.duration_seconds)}`,
  ]
}

/** The lines about what a version did: its items, and any failures, edited answers, tokens and cost. */
export function effortLines({ stats }: Metadata, items: number): string[] {
  const lines = [`Items: ${items}`]
  if (!hasStats(stats)) return lines
  if (stats.failed > 0) lines.push(`Failed: ${stats.failed}`)
  const edited = stats.steps.reduce((sum, step) => sum + (step.edited ?? 0), 0)
  if (edited > 0) lines.push(`Edited: ${edited}`)
  return [...lines, ...deliveryLines(stats), ...spendingLines(stats)]
}

/** Tokens and cost, if any were spent. */
export function spendingLines(spent: Spending): string[] {
  const tokensIn = inputTokens(spent)
  const unknown = 'Cost: unknown (a model without a known price, or a reply that did not say what it used)'
  if (tokensIn + spent.output_tokens === 0) return spent.cost_usd === null ? [unknown] : []
  const tokens = `Tokens: ${countText(tokensIn)} in, ${countText(spent.output_tokens)} out`
  const saved = savedLines(spent)
  if (spent.cost_usd === null) return [tokens, unknown, ...saved]
  return spent.cost_usd === 0 ? [tokens] : [tokens, `Cost: ${moneyText(spent.cost_usd)}`, ...saved]
}

/** How answers came, if not all of them live. */
function deliveryLines({ by_batch = 0, steps }: Stats): string[] {
  const processed = steps.reduce((sum, step) => sum + step.processed, 0)
  return by_batch === 0 ? [] : [`Delivery: batch (${countText(by_batch)} of ${countText(processed)})`]
}

/** What message batches saved, if there were any. */
export function savedLines({ batch_saved_usd }: Pick<Spending, 'batch_saved_usd'>): string[] {
  return batch_saved_usd === undefined ? [] : [`Half price saved: ${moneyText(batch_saved_usd)}`]
}

/** All that was sent, what the cache held included: the API counts that apart. */
export function inputTokens(spent: Spending): number {
  return spent.input_tokens + spent.cache_read_tokens + spent.cache_write_tokens
}

/** Older versions and unfinished ones have empty stats. */
export function hasStats(stats: Metadata['stats']): stats is Stats {
  return 'steps' in stats
}
