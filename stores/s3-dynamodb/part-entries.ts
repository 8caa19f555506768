/** Entries of parts: journal entries with an id, so that one that is found in two places counts once. */
import type { LedgerLine } from '../../core/documents.ts'
import type { KeptItem, RawReply, SpentReply } from '../../core/store.ts'
import { type JournalEntry, journalLine, type KeptEntry, parseEntry, spentOn } from '../journal-entries.ts'
import type { WholeObject } from './objects.ts'

export interface KeptPartEntry extends KeptEntry {
  id: string
  /** Its files could not all be written: whoever opens the chunk next writes them. The prompt is there if it is one of them. */
  unwritten?: true
  /** Of a failure: the epoch of the writer that kept it. */
  epoch?: number
  /** Only in memory: the texts of its answer and its reply are left out. */
  textless?: true
}

export interface SpentPartEntry {
  id: string
  spent: SpentReply
}

/** A reply that nothing has judged yet. */
export interface ReplyPartEntry {
  id: string
  reply: RawReply
}

export type PartEntry = KeptPartEntry | SpentPartEntry | ReplyPartEntry

/** What is known of an item. */
export interface Merged {
  kept: KeptItem | null
  /** What was sent for it, if that was kept with it. */
  prompt: string | null
  spent: SpentReply[]
  /** The entry of the answer or failure that stands, if its files are still to be written. */
  unwritten: KeptPartEntry | null
  /** Of the failure that stands. */
  epoch: number | null
  /** The texts of what stands are left out. */
  textless: boolean
  /** A reply that came after all else. */
  unjudged: RawReply | null
}

/** S3 takes 2 KB of metadata with an object, names included. */
const mostMetadataBytes = 1900

/** The entry of an answer as the metadata of its object; undefined if it is too long for that. */
export function entryMetadata(id: string, { line }: KeptItem): Record<string, string> | undefined {
  const entry = Buffer.from(JSON.stringify({ id, line })).toString('base64url')
  return entry.length <= mostMetadataBytes ? { entry } : undefined
}

/** The entry that an item's object carries; undefined if it is kept elsewhere. */
export function entryOfObject({ text, metadata }: WholeObject): KeptPartEntry | undefined {
  if (metadata.entry === undefined) return undefined
  try {
    const { id, line }: { id: string; line: LedgerLine } = JSON.parse(
      Buffer.from(metadata.entry, 'base64url').toString(),
    )
    return { id, kept: { line, answer: text.replace(/\n$/, ''), reply: null } }
  } catch {
    return undefined
  }
}

/** The entry of an item of which nothing is still to be written. */
export function written(entry: PartEntry): PartEntry {
  if (!('kept' in entry)) return entry
  const { unwritten: _unwritten, ...rest } = entry
  return rest
}

/** One line of a part, newline included. */
export function partLine(entry: PartEntry): string {
  return journalLine(entry)
}

/** The entries of a part, or of an entry file. */
export function entriesIn(text: string): PartEntry[] {
  return text.split('\n').flatMap((line) => {
    const entry = line === '' ? undefined : parseEntry(line)
    return entry !== undefined && 'id' in entry ? [entry as PartEntry] : []
  })
}

export function indexOf(entry: JournalEntry): number {
  if ('kept' in entry) return entry.kept.line.item_index
  return 'spent' in entry ? entry.spent.item_index : entry.reply.item_index
}

/** The newest answer stands, and a failure never displaces one; what all others cost is remembered. Undefined for no entries. */
export function merged(entries: Iterable<PartEntry>): Merged | undefined {
  const unique = new Map([...entries].map((entry) => [entry.id, entry]))
  if (unique.size === 0) return undefined
  const found: Merged = {
    kept: null,
    prompt: null,
    spent: [],
    unwritten: null,
    epoch: null,
    textless: false,
    unjudged: null,
  }
  const ordered = [...unique.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const entry of ordered) {
    found.unjudged = 'reply' in entry ? entry.reply : null
    if ('spent' in entry) found.spent.push(entry.spent)
    else if ('kept' in entry) noteKept(found, entry)
  }
  return found
}

function noteKept(found: Merged, entry: KeptPartEntry): void {
  const before = found.kept
  if (before !== null && before.answer !== null && entry.kept.answer === null) {
    found.spent.push(spentOn(entry.kept))
    return
  }
  if (before !== null) found.spent.push(spentOn(before))
  found.kept = entry.kept
  found.prompt = entry.prompt ?? null
  found.unwritten = entry.unwritten ? entry : null
  found.epoch = entry.epoch ?? null
  found.textless = entry.textless ?? false
}
