/** What one line of a step's journal says: a reply as it came, an answer or failure with its ledger line, or what an unusable reply cost. */
import type { KeptItem, RawReply, SpentReply } from '../core/store.ts'

/** With the prompt, so that a killed process cannot leave an answer without it. */
export interface KeptEntry {
  kept: KeptItem
  prompt?: string
}

export type JournalEntry = KeptEntry | { spent: SpentReply } | { reply: RawReply }

/** One line of the journal, newline included. */
export function journalLine(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`
}

/** Undefined for a line that is none: a disk that lost power may have left one, and the items after it still count. */
export function parseEntry(text: string): JournalEntry | undefined {
  try {
    const entry = JSON.parse(text)
    const known =
      entry !== null && typeof entry === 'object' && ('kept' in entry || 'spent' in entry || 'reply' in entry)
    return known ? entry : undefined
  } catch {
    return undefined
  }
}

/** What a kept line that no longer counts had cost. */
export function spentOn({ line }: KeptItem): SpentReply {
  const { item_index, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd } = line
  const { milliseconds, attempts } = line
  return {
    item_index,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_write_tokens,
    cost_usd,
    milliseconds,
    attempts,
  }
}
