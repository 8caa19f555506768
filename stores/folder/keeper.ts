/** Keeps the answers of a step: the journal line first, which is the one act of keeping, then the files that people read. */
import { appendFileSync, closeSync, fdatasync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { type Keeper, type KeptItem, type SpentReply, stepFiles } from '../../core/store.ts'
import { makingFolder } from './atomic-write.ts'
import { checkSegment, hasItemFiles, onDisk, type StepPlace, writeItemFiles } from './item-files.ts'
import { cutTornLine, type Journal } from './journal.ts'
import { type JournalEntry, journalLine } from './journal-entries.ts'
import type { FolderLease } from './lease.ts'
import { repairItems } from './repair.ts'
import { unwritable, writingNow } from './unwritable.ts'

/** A power failure may cost the answers of this long; a killed process costs none. */
const syncEveryMs = 10_000

const sync = promisify(fdatasync)

export interface KeeperTools {
  place: StepPlace
  journal: Journal
  /** The workspace path of the journal. */
  path: string
  /** Of the version, where this store holds it. */
  lease: FolderLease | undefined
  now: () => number
}

/** Opens a step: cuts off a torn last line and, the first time, writes the item files that are missing. Throws StoreUnwritable. */
export async function openKeeper(tools: KeeperTools): Promise<FolderKeeper> {
  const { place, journal, path } = tools
  const file = writingNow(path, () => openJournal(journal))
  try {
    await journal.catchUp()
    if (!journal.repaired) repairItems(place, journal)
    journal.repaired = true
    return new FolderKeeper(tools, file)
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function openJournal(journal: Journal): number {
  mkdirSync(dirname(journal.file), { recursive: true })
  const opened = openSync(journal.file, 'a+')
  cutTornLine(opened)
  journal.torn = undefined
  return opened
}

export class FolderKeeper implements Keeper {
  readonly #tools: KeeperTools
  readonly #file: number
  #failure: unknown
  #syncing: Promise<void> = Promise.resolve()
  #closed = false

  /** `file`: the journal, open for appending. */
  constructor(tools: KeeperTools, file: number) {
    this.#tools = tools
    this.#file = file
    tools.journal.syncedAt ||= tools.now()
  }

  async keepPrompt(segment: string | null, prompt: string): Promise<void> {
    if (segment !== null) checkSegment(segment)
    this.#checkWriter()
    this.#throwFailure()
    const { place } = this.#tools
    const path = stepFiles(place.ref, place.step).prompt(segment)
    const file = onDisk(place, path)
    this.#write(path, () => {
      makingFolder(dirname(file), () => writeFileSync(file, prompt))
      place.fault?.('keep:prompt-written', file)
    })
  }

  async keep(item: KeptItem): Promise<void> {
    const { place, journal, path } = this.#tools
    const { item_index, segment } = item.line
    if (hasItemFiles(item)) checkSegment(segment)
    this.#append({ kept: item })
    this.#write(path, () => place.fault?.('keep:journal-written', journal.file))
    if (!hasItemFiles(item)) return
    const replied = journal.replied.has(item_index)
    this.#write(dirname(stepFiles(place.ref, place.step).output(segment)), () => writeItemFiles(place, item, replied))
    if (item.reply !== null) journal.replied.add(item_index)
    else if (item.answer !== null) journal.replied.delete(item_index)
  }

  async spend(reply: SpentReply): Promise<void> {
    this.#append({ spent: reply })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#syncNowAndThen()
    await this.#syncing
    closeSync(this.#file)
  }

  #append(entry: JournalEntry): void {
    if (this.#closed) throw new Error('This keeper is closed. Open the step again to keep more.')
    this.#checkWriter()
    const { journal, path } = this.#tools
    if (journal.torn !== undefined) throw journal.torn
    try {
      this.#write(path, () => appendFileSync(this.#file, journalLine(entry)))
    } catch (error) {
      journal.torn = error
      throw error
    }
    // A keeper that failed rejects, but what was paid for stands in the journal as long as that can be written.
    this.#throwFailure()
    this.#syncNowAndThen()
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
    if (this.#failure !== undefined) throw this.#failure
  }

  #checkWriter(): void {
    this.#tools.lease?.check()
  }

  #syncNowAndThen(): void {
    const { journal, now, path } = this.#tools
    if (now() - journal.syncedAt < syncEveryMs) return
    journal.syncedAt = now()
    this.#syncing = this.#syncing.then(() => sync(this.#file)).catch((error) => this.#fail(unwritable(error, path)))
  }
}
