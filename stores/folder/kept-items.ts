/** Reads what a step's journal holds, item by item, from one open file. */
import { closeSync, readSync } from 'node:fs'
import type { ItemPlace, KeptItems, KeptSoFar } from '../../core/store.ts'
import type { KeptEntry } from '../journal-entries.ts'
import { entryAt, entryIn, type Journal, openOrMissing, rawReplyAt } from './journal.ts'

// One read serves the hundreds of items around the one asked for.
const windowBytes = 1024 * 1024
// Answers arrive slightly out of order, so the next item may come before this one in the file.
const behindBytes = windowBytes / 4

export class FolderKeptItems implements KeptItems {
  readonly #journal: Journal
  #file: number | undefined
  #window: Buffer | undefined
  #from = 0
  #to = 0

  /** The journal must be up to date with its file. */
  constructor(journal: Journal) {
    this.#journal = journal
    this.#file = openOrMissing(journal.file)
  }

  async find({ item_index }: ItemPlace, what?: 'all' | 'outcome' | 'with prompt'): Promise<KeptSoFar | undefined> {
    const found = this.#journal.items.get(item_index)
    if (found === undefined || this.#file === undefined) return undefined
    const entry = found.end > found.start ? this.#read(this.#file, found) : undefined
    const unjudged = found.unjudged === undefined ? null : rawReplyAt(this.#file, found.unjudged)
    return {
      kept: entry?.kept ?? null,
      spent: [...found.spent],
      ...(unjudged !== null && { unjudged }),
      ...(what === 'with prompt' && entry?.prompt !== undefined && { prompt: entry.prompt }),
    }
  }

  async close(): Promise<void> {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #read(file: number, at: { start: number; end: number }): KeptEntry {
    if (at.end - at.start > windowBytes - behindBytes) return entryAt(file, at)
    this.#window ??= Buffer.allocUnsafeSlow(windowBytes)
    if (at.start < this.#from || at.end > this.#to) {
      this.#from = Math.max(0, at.start - behindBytes)
      this.#to = this.#from + readSync(file, this.#window, 0, windowBytes, this.#from)
    }
    return entryIn(this.#window.toString('utf8', at.start - this.#from, at.end - this.#from))
  }
}
