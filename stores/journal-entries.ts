/** What one line of a step's journal says: a reply as it came, an answer or failure with its ledger line, or what an unusable reply cost. */
import * as z from 'zod'
import { ledgerLine } from '../core/documents.ts'
import { spendingOf } from '../core/money/spending.ts'
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

const text = z.string().nullable()

/** The fields an entry must have; any others are kept. */
const entry = z.union([
  z.looseObject({
    kept: z.looseObject({ line: ledgerLine.loose(), answer: text, reply: text }),
    prompt: z.string().optional(),
  }),
  z.looseObject({
    spent: ledgerLine
      .pick({
        item_index: true,
        input_tokens: true,
        output_tokens: true,
        cache_read_tokens: true,
        cache_write_tokens: true,
        cost_usd: true,
        milliseconds: true,
        attempts: true,
      })
      .loose(),
  }),
  z.looseObject({
    reply: z.looseObject({
      item_index: z.int(),
      fingerprint: z.string(),
      again: z.boolean(),
      reply: z.looseObject({
        text: z.string(),
        stop_reason: z.string(),
        model: z.string(),
        request_id: text,
        attempts: z.int(),
        milliseconds: z.int(),
      }),
    }),
  }),
])

/** Undefined for an invalid line, which a power failure may have left, and the items after it still count. */
export function parseEntry(text: string): JournalEntry | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return entry.safeParse(value).success ? (value as JournalEntry) : undefined
  } catch {
    return undefined
  }
}

/** The cost of a kept line that no longer counts. */
export function spentOn({ line }: KeptItem): SpentReply {
  const { item_index, milliseconds, attempts } = line
  return { item_index, ...spendingOf(line), milliseconds, attempts }
}
