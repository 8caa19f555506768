/** The journal of one step: an index of each item's newest answer in the file, and everything else that was spent. The file is authoritative. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync } from 'node:fs'
import type { KeptItem, RawReply, SpentReply } from '../../core/store.ts'
import { lines } from '../../core/text/lines.ts'
import { type JournalEntry, type KeptEntry, parseEntry, spentOn } from '../journal-entries.ts'
import { JournalPlaces, type Whereabouts } from './journal-places.ts'
import { isMissing, readBytes } from './reading.ts'

const nothingSpent: SpentReply[] = []
const nowhere: Whereabouts = { start: 0, end: 0, answered: false, spent: nothingSpent }

/** What is known of a journal; shared by all who open the step through one store, so that a journal is scanned once. */
export class Journal {
  readonly file: string
  readonly items = new JournalPlaces()
  /** Items whose failure left a reply file that may still be there. */
  readonly replied = new Set<number>()
  /** Whether every kept answer is known to have its item file. */
  repaired = false
  /** Why the last line may be torn. It must stay the last, or it would swallow the next; opening the step again cuts it off. */
  torn: unknown
  /** Epoch milliseconds of the last sync to disk. */
  syncedAt = 0
  #scannedTo = 0
  #scanning: Promise<void> = Promise.resolve()

  constructor(file: string) {
    this.file = file
  }

  /** Reads the whole lines added since the last time. */
  catchUp(): Promise<void> {
    const scan = this.#scanning.then(() => this.#scan())
    this.#scanning = scan.catch(() => {})
    return scan
  }

  /**
   * Notes an entry that was just appended to the open `file` as so many bytes, so that it need not be read again. If anything else was
   * written since the last look, all of it is left to the next one.
   */
  noteAppended(entry: JournalEntry, { file, bytes }: { file: number; bytes: number }): void {
    const [start, end] = [this.#scannedTo, fstatSync(file).size]
    if (end - bytes !== start) return
    this.#note(entry, { file, start, end })
    this.#scannedTo = end
  }

  async #scan(): Promise<void> {
    const file = openOrMissing(this.file)
    if (file === undefined) return
    try {
      if (fstatSync(file).size === this.#scannedTo) return
      const end = wholeLines(file)
      if (end < this.#scannedTo) this.#startOver()
      const begin = this.#scannedTo
      for await (const { text, start, end: after } of lines(readBytes(this.file, this.file, [begin, end]))) {
        const entry = parseEntry(text)
        if (entry !== undefined) this.#note(entry, { file, start: begin + start, end: begin + after })
        this.#scannedTo = begin + after
      }
    } finally {
      closeSync(file)
    }
  }

  /** Somebody else removed the journal and began a new one. */
  #startOver(): void {
    this.items.clear()
    this.replied.clear()
    this.repaired = false
    this.#scannedTo = 0
  }

  #note(entry: JournalEntry, at: { file: number; start: number; end: number }): void {
    if ('reply' in entry) this.#noteUnjudged(entry.reply.item_index, { start: at.start, end: at.end })
    else if ('spent' in entry) {
      this.#addSpent(entry.spent)
      this.#noteUnjudged(entry.spent.item_index, undefined)
    } else {
      this.#noteKept(entry.kept, at)
      this.#noteUnjudged(entry.kept.line.item_index, undefined)
    }
  }

  #noteUnjudged(item_index: number, unjudged: Whereabouts['unjudged']): void {
    const before = this.items.get(item_index) ?? nowhere
    if (before.unjudged !== unjudged) this.items.set(item_index, { ...before, unjudged })
  }

  /** The newest line counts, but a failure never replaces an answer. The cost of the other one still counts. */
  #noteKept(kept: KeptItem, { file, start, end }: { file: number; start: number; end: number }): void {
    const { item_index } = kept.line
    const before = this.items.get(item_index)
    const answered = kept.answer !== null
    if (kept.reply !== null) this.replied.add(item_index)
    if (before?.answered && !answered) {
      this.#addSpent(spentOn(kept))
      return
    }
    if (before !== undefined && before.end > before.start) this.#addSpent(spentOn(keptAt(file, before)))
    const spent = this.items.get(item_index)?.spent ?? nothingSpent
    this.items.set(item_index, { start, end, answered, spent })
  }

  #addSpent(reply: SpentReply): void {
    const before = this.items.get(reply.item_index) ?? nowhere
    this.items.set(reply.item_index, { ...before, spent: [...before.spent, reply] })
  }
}

/** The `kept` line at a place in an open journal. */
export function keptAt(file: number, at: { start: number; end: number }): KeptItem {
  return entryAt(file, at).kept
}

/** The same with its prompt. */
export function entryAt(file: number, at: { start: number; end: number }): KeptEntry {
  return entryIn(lineAt(file, at))
}

/** The reply that stands at a place in an open journal. */
export function rawReplyAt(file: number, at: { start: number; end: number }): RawReply {
  const entry = parseEntry(lineAt(file, at))
  if (entry !== undefined && 'reply' in entry) return entry.reply
  throw changedMeanwhile()
}

function lineAt(file: number, { start, end }: { start: number; end: number }): string {
  const bytes = Buffer.allocUnsafe(end - start)
  let read = 0
  while (read < bytes.length) {
    const more = readSync(file, bytes, read, bytes.length - read, start + read)
    if (more === 0) break
    read += more
  }
  return bytes.toString('utf8', 0, read)
}

/** A line was whole when it was scanned and is not now: somebody changed the journal in the meantime. */
export function entryIn(text: string): KeptEntry {
  const entry = parseEntry(text)
  if (entry !== undefined && 'kept' in entry) return entry
  throw changedMeanwhile()
}

function changedMeanwhile(): Error {
  return new Error(
    'The journal of this step was changed while it was read. Nothing else may write there. Resume the run.',
  )
}

/** An open file for reading, or undefined if there is none. */
export function openOrMissing(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Whether an open file is still the one at this path: somebody may have removed or replaced it. */
export function isStillAt(file: number, path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false })
  if (there === undefined) return false
  const own = fstatSync(file)
  return there.ino === own.ino && there.dev === own.dev
}

/** Cuts off a last line without its newline: its writer was killed, so it is not a whole answer. */
export function cutTornLine(file: number): void {
  const end = wholeLines(file)
  if (end < fstatSync(file).size) ftruncateSync(file, end)
}

/** The byte after the last newline. */
function wholeLines(file: number): number {
  const block = Buffer.allocUnsafe(64 * 1024)
  let end = fstatSync(file).size
  while (end > 0) {
    const start = Math.max(0, end - block.length)
    const found = block.subarray(0, readSync(file, block, 0, end - start, start)).lastIndexOf(10)
    if (found !== -1) return start + found + 1
    end = start
  }
  return 0
}
