/**
 * Keeps the answers of a step: first the journal line, which is what counts, then the files that people read.
 * Long, since order and failures of the writes to one step are decided together.
 */
import { appendFileSync, closeSync, fdatasync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { Keep, LogEntry } from '../../core/documents.ts'
import {
  eachItsFile,
  type Keeper,
  type KeptItem,
  type RawReply,
  type SpentReply,
  versionFolder,
} from '../../core/store.ts'
import { localTime } from '../../core/text/clock-text.ts'
import { type JournalEntry, journalLine } from '../journal-entries.ts'
import { checkSegment, hasItemFiles, itemWrites, promptWrite, type StepPlace } from './item-files.ts'
import type { ItemWrite } from './item-writes.ts'
import { cutTornLine, isStillAt, type Journal } from './journal.ts'
import { journalAgain } from './journal-again.ts'
import type { FolderLease } from './lease.ts'
import { appendLog } from './log-file.ts'
import { makeFolder } from './make-folder.ts'
import { repairItems } from './repair.ts'
import { unwritable, writingNow } from './unwritable.ts'
import type { WriteBehindWriter } from './write-behind.ts'

/** A power failure may cost the answers of this period; a killed process costs none. */
const syncEveryMs = 10_000
/** A journal that somebody removes is noticed within this time, and when the step is closed. */
const lookEveryMs = 1000

const sync = promisify(fdatasync)

export interface KeeperTools {
  place: StepPlace
  /** Default: a file each. What is packed stands in the journal until it is collated. */
  keep?: Keep
  journal: Journal
  writeBehind: WriteBehindWriter
  /** The workspace path of the journal. */
  path: string
  /** Of the version, if this store holds it. */
  lease: FolderLease | undefined
  now: () => number
}

/** Opens a step: cuts off a torn last line and, the first time, writes the item files that are missing. Throws StoreUnwritable. */
export async function openKeeper(tools: KeeperTools): Promise<FolderKeeper> {
  const { place, keep = eachItsFile, journal, path } = tools
  const file = writingNow(path, () => openJournal(journal))
  try {
    await journal.catchUp()
    if (!journal.repaired) repairItems(place, journal, keep)
    journal.repaired = true
    return new FolderKeeper(tools, file)
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function openJournal(journal: Journal): number {
  makeFolder(dirname(journal.file))
  const opened = openSync(journal.file, 'a+')
  cutTornLine(opened)
  journal.torn = undefined
  return opened
}

export class FolderKeeper implements Keeper {
  readonly #tools: KeeperTools
  readonly #keep: Keep
  #file: number
  #lookedAt: number
  #failure: unknown
  #told = false
  #syncing: Promise<void> = Promise.resolve()
  #closed = false
  /** Prompts whose answers are still to come, by segment. */
  readonly #prompts = new Map<string, string>()

  /** `file`: the journal, open for appending. */
  constructor(tools: KeeperTools, file: number) {
    this.#tools = tools
    this.#keep = tools.keep ?? eachItsFile
    this.#file = file
    this.#lookedAt = tools.now()
    tools.journal.syncedAt ||= tools.now()
  }

  async keepPrompt(segment: string | null, prompt: string): Promise<void> {
    const { writeBehind } = this.#tools
    if (segment !== null) checkSegment(segment)
    while (!writeBehind.hasRoom) await writeBehind.room()
    this.#checkWriter()
    this.#throwFailure()
    if (this.#keep.prompts === 'none') return
    this.#prompts.set(segment ?? '', prompt)
    if (this.#keep.prompts === 'files' || segment === null)
      this.#hand([promptWrite(this.#tools.place, segment, prompt)])
  }

  async keep(item: KeptItem): Promise<void> {
    const { place, journal, path, writeBehind } = this.#tools
    const { item_index, segment } = item.line
    if (hasItemFiles(item)) checkSegment(segment)
    const prompt = this.#prompts.get(segment)
    this.#prompts.delete(segment)
    this.#append(prompt === undefined ? { kept: item } : { kept: item, prompt })
    this.#write(path, () => place.fault?.('keep:journal-written', journal.file))
    if (!hasItemFiles(item) || this.#keep.items === 'packed') return
    this.#hand(itemWrites(place, item, journal.replied.has(item_index)))
    if (item.reply !== null) journal.replied.add(item_index)
    else if (item.answer !== null) journal.replied.delete(item_index)
    await writeBehind.room()
  }

  async receive(raw: RawReply): Promise<void> {
    const { place, journal, path } = this.#tools
    this.#append({ reply: raw })
    this.#write(path, () => place.fault?.('receive:journal-written', journal.file))
  }

  async spend(reply: SpentReply): Promise<void> {
    this.#append({ spent: reply })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#syncNowAndThen()
    await Promise.all([this.#syncing, this.#tools.writeBehind.drained()])
    this.#lookForJournal()
    closeSync(this.#file)
    this.#noticeWriteBehind()
    // The caller that kept an answer after the failure already knows of it.
    if (!this.#told) this.#throwFailure()
  }

  #append(entry: JournalEntry): void {
    if (this.#closed) throw new Error('This keeper is closed. Open the step again to keep more.')
    this.#checkWriter()
    const { journal, path } = this.#tools
    if (journal.torn !== undefined) throw journal.torn
    const line = journalLine(entry)
    try {
      this.#write(path, () => appendFileSync(this.#file, line))
    } catch (error) {
      journal.torn = error
      throw error
    }
    journal.noteAppended(entry, { file: this.#file, bytes: Buffer.byteLength(line) })
    // After a failure the keeper rejects, but paid answers still go to the journal as long as it can be written.
    this.#throwFailure()
    this.#syncNowAndThen()
  }

  /** Hands small writes to the write-behind writer: they are in the journal, or belong to an answer that is still to come. */
  #hand(writes: ItemWrite[]): void {
    const { writeBehind } = this.#tools
    for (const write of writes) this.#write(this.#workspacePath(write.file), () => writeBehind.write(write))
    this.#noticeWriteBehind()
  }

  #noticeWriteBehind(): void {
    const failure = this.#tools.writeBehind.takeFailure()
    if (failure !== null) this.#fail(unwritable(failure.error, this.#workspacePath(failure.file)))
  }

  #workspacePath(file: string): string {
    const { place } = this.#tools
    return versionFolder(place.ref) + file.slice(place.folder.length)
  }

  #write(path: string, write: () => void): void {
    try {
      write()
    } catch (error) {
      this.#fail(unwritable(error, path))
      this.#throwFailure()
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#tools.journal.repaired = false
  }

  #throwFailure(): void {
    if (this.#failure === undefined) return
    this.#told = true
    throw this.#failure
  }

  #checkWriter(): void {
    this.#tools.lease?.check()
  }

  /** Writes the journal again if somebody removed it, unless another writer has the version now. */
  #lookForJournal(): void {
    const { journal, lease, path, place, now } = this.#tools
    if (lease?.lost.aborted || isStillAt(this.#file, journal.file)) return
    try {
      this.#file = writingNow(path, () => journalAgain(this.#file, journal.file))
      const message = `${path} was removed or replaced while it was written. It is written again; no answer is lost.`
      const log = 'work/logs.jsonl'
      const entry: LogEntry = { time: localTime(now()), level: 'warning', message, step: place.step }
      appendLog(`${place.folder}/${log}`, `${versionFolder(place.ref)}/${log}`, entry)
    } catch (error) {
      this.#fail(error)
    }
  }

  #syncNowAndThen(): void {
    const { journal, now, path } = this.#tools
    // If the clock was set back, the next sync must not be delayed by as much.
    if (Math.abs(now() - this.#lookedAt) >= lookEveryMs) {
      this.#lookedAt = now()
      this.#syncing = this.#syncing.then(() => this.#lookForJournal())
    }
    if (Math.abs(now() - journal.syncedAt) < syncEveryMs) return
    journal.syncedAt = now()
    this.#syncing = this.#syncing.then(() => sync(this.#file)).catch((error) => this.#fail(unwritable(error, path)))
  }
}
