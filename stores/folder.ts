/**
 * The store on a folder: a workspace on a laptop. Each method finds the place on disk and calls the file that does the work.
 * Long, since it has one short method for each of the port.
 */
import { rm } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import type { LogEntry, Metadata, SpendEntry } from '../core/documents.ts'
import { FileMissing, RecordUnreadable } from '../core/errors.ts'
import type { ReviewBook } from '../core/review.ts'
import {
  type ByteRange,
  type ContentStream,
  type Keeper,
  type KeeperOptions,
  type KeptItems,
  type Lease,
  type NewVersion,
  oneOffs,
  type SpendAccount,
  type Store,
  type StoredFile,
  stepNumber,
  type VersionRef,
  type VersionState,
  versionFolder,
} from '../core/store.ts'
import { removeFile, writeWhole } from './folder/atomic-write.ts'
import { filesBelow } from './folder/files-below.ts'
import { inside, insideOf } from './folder/inside.ts'
import { hasAnswers } from './folder/item-files.ts'
import { Journal } from './folder/journal.ts'
import { openKeeper } from './folder/keeper.ts'
import { FolderKeptItems } from './folder/kept-items.ts'
import { latestVersion, moveLatestLink } from './folder/latest.ts'
import { FolderLease, type Taken, takeOver, unwrittenSeconds } from './folder/lease.ts'
import { currentLock, isHeld } from './folder/lock.ts'
import { appendLog, readLog } from './folder/log-file.ts'
import { changeMetadata, metadataFile, readMetadata } from './folder/metadata-file.ts'
import { type Appeared, appearNamed, appearNumbered, type Place } from './folder/new-version.ts'
import { type FolderContext, type FolderOptions, folderContext } from './folder/options.ts'
import { fileSize, names, readBytes, readSmallNow } from './folder/reading.ts'
import { changingAlone } from './folder/record-lock.ts'
import { removeVersionFolder } from './folder/remove-version.ts'
import { folderReviews } from './folder/reviews-file.ts'
import { openSpendAccount } from './folder/spend-account.ts'
import { addSpend, readSpendLog, type SpendLogPlace, spendMonths } from './folder/spend-log.ts'
import { isUnfinished } from './folder/unfinished.ts'
import { writing } from './folder/unwritable.ts'
import { usageBelow } from './folder/usage-below.ts'
import { pipelineNames, versionNames } from './folder/version-names.ts'
import { WriteBehindWriter } from './folder/write-behind.ts'

export type { Fault, FaultPoint, FolderOptions } from './folder/options.ts'

export class FolderStore implements Store {
  readonly #root: string
  readonly #here: FolderContext
  /** By the real folder of the version. */
  readonly #leases = new Map<string, FolderLease>()
  /** Real folders of the versions held, by workspace path: writes of single items need not look them up again. */
  readonly #heldFolders = new Map<string, string>()
  readonly #writeBehind: WriteBehindWriter
  /** By the real path of the journal. */
  readonly #journals = new Map<string, Journal>()

  readonly reviews: ReviewBook

  /** `root`: the workspace's folder, which may not be there yet. */
  constructor(root: string, options: FolderOptions = {}) {
    this.#root = root
    this.#here = folderContext(options)
    this.reviews = folderReviews((path) => this.#onDisk(path), this.#here)
    this.#writeBehind = new WriteBehindWriter(options.fault)
  }

  async *read(path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    yield* readBytes(await this.#onDisk(path), path, range)
  }

  async readSmall(paths: readonly string[]): Promise<(string | undefined)[]> {
    const find = insideOf(this.#root)
    return paths.map((path) => readSmallNow(find(path)))
  }

  async size(path: string): Promise<number | undefined> {
    return fileSize(await this.#onDisk(path))
  }

  async write(path: string, content: string | ContentStream): Promise<void> {
    await writeWhole(await this.#onDisk(path), content, { path, fault: this.#here.fault })
  }

  async remove(path: string): Promise<void> {
    await removeFile(await this.#onDisk(path), path)
  }

  async list(folder: string): Promise<string[]> {
    return names(await this.#onDisk(folder))
  }

  /** The paths of all files below a folder, half-made ones left out, in no particular order. */
  async *filesBelow(folder: string): AsyncGenerator<string> {
    const real = await this.#onDisk(folder)
    for await (const file of filesBelow(real))
      if (!isUnfinished(basename(file))) yield folder + file.slice(real.length).replaceAll(sep, '/')
  }

  async *usageBelow(folder: string): AsyncGenerator<StoredFile> {
    yield* usageBelow(await this.#onDisk(folder), folder)
  }

  async removeBelow(folder: string): Promise<void> {
    const real = await this.#onDisk(folder)
    await writing(folder, () => rm(real, { recursive: true, force: true }))
  }

  async pipelines(): Promise<string[]> {
    return pipelineNames(await this.#onDisk('outputs'))
  }

  async versions(pipeline: string): Promise<string[]> {
    return versionNames(await this.#onDisk(`outputs/${pipeline}`))
  }

  async version(ref: VersionRef): Promise<VersionState | undefined> {
    return this.#state(await this.#folder(ref), ref)
  }

  async #state(folder: string, ref: VersionRef): Promise<VersionState | undefined> {
    const file = metadataFile(folder, versionFolder(ref))
    const metadata = await readMetadata(file)
    if (metadata === undefined || metadata.status !== 'running') return metadata && { metadata, alive: false }
    const lock = currentLock(join(folder, 'work'))
    if (lock !== undefined && isHeld(lock, this.#here)) return { metadata, alive: true }
    // A writer that ends writes its record, then releases the version. It may have done both since the record was read.
    return { metadata: (await readMetadata(file)) ?? metadata, alive: false }
  }

  async *records(
    pipeline: string,
    onUnreadable?: (error: RecordUnreadable) => void,
  ): AsyncGenerator<VersionRef & VersionState> {
    const folder = await this.#onDisk(`outputs/${pipeline}`)
    // Each is a folder and no link, so it is where it seems to be.
    for (const version of await versionNames(folder)) {
      const state = await this.#state(join(folder, version), { pipeline, version }).catch((error: unknown) => {
        if (onUnreadable === undefined || !(error instanceof RecordUnreadable)) throw error
        onUnreadable(error)
      })
      if (state) yield { pipeline, version, ...state }
    }
  }

  async createVersion(
    pipeline: string,
    make: (version: string) => NewVersion,
  ): Promise<{ ref: VersionRef; lease: Lease }> {
    const place = await this.#place(pipeline)
    return this.#begin(pipeline, place, await appearNumbered(place, make))
  }

  async createOneOff(
    version: string,
    make: (version: string) => NewVersion,
  ): Promise<{ ref: VersionRef; lease: Lease }> {
    await this.#folder({ pipeline: oneOffs, version })
    const place = await this.#place(oneOffs)
    return this.#begin(oneOffs, place, await appearNamed(place, version, make))
  }

  async updateVersion(ref: VersionRef, change: Partial<Metadata>): Promise<Metadata> {
    const folder = await this.#folder(ref)
    const record = metadataFile(folder, versionFolder(ref))
    if ((await fileSize(record.file)) === undefined) throw new FileMissing(record.path)
    return changingAlone({ folder, path: record.path }, this.#here, () =>
      changeMetadata(record, change, this.#here.fault),
    )
  }

  async removeVersion(ref: VersionRef): Promise<void> {
    const folder = await this.#folder(ref)
    const work = join(folder, 'work')
    this.#leases.get(folder)?.end()
    for (const file of this.#journals.keys()) if (file.startsWith(work)) this.#journals.delete(file)
    await removeVersionFolder(folder, versionFolder(ref), this.#here.fault)
  }

  async latest(pipeline: string): Promise<string | undefined> {
    return latestVersion(await this.#onDisk(`outputs/${pipeline}`))
  }

  async moveLatest(pipeline: string): Promise<string | undefined> {
    const path = `outputs/${pipeline}`
    return moveLatestLink(await this.#onDisk(path), path, this.#here.fault)
  }

  async lease(ref: VersionRef): Promise<Lease> {
    const folder = await this.#folder(ref)
    const { file, path } = metadataFile(folder, versionFolder(ref))
    if ((await fileSize(file)) === undefined) throw new FileMissing(path)
    return this.#hold(folder, versionFolder(ref), takeOver(join(folder, 'work'), versionFolder(ref), this.#here))
  }

  async keeper(ref: VersionRef, step: number, { keep }: KeeperOptions = {}): Promise<Keeper> {
    const folder = await this.#folder(ref)
    const { now, fault } = this.#here
    const journal = this.#journal(folder, step)
    const path = `${versionFolder(ref)}/${journalPath(step)}`
    const writeBehind = this.#writeBehind
    return openKeeper({
      place: { ref, step, folder, fault },
      ...(keep && { keep }),
      journal,
      writeBehind,
      path,
      lease: this.#leases.get(folder),
      now,
    })
  }

  async kept(ref: VersionRef, step: number): Promise<KeptItems> {
    const journal = this.#journal(await this.#folder(ref), step)
    await journal.catchUp()
    return new FolderKeptItems(journal)
  }

  async lostJournal(ref: VersionRef, step: number): Promise<boolean> {
    const folder = await this.#folder(ref)
    return (await fileSize(join(folder, journalPath(step)))) === undefined && hasAnswers(join(folder, 'items'), step)
  }

  async spendAccount(
    ref: VersionRef,
    limit_usd?: number | null,
    spent_usd = 0,
    own_usd?: number | null,
  ): Promise<SpendAccount | null> {
    const folder = await this.#folder(ref)
    const path = `${versionFolder(ref)}/${spendAccountPath}`
    const lease = this.#leases.get(folder)
    return openSpendAccount({ file: join(folder, spendAccountPath), path, lease }, { limit_usd, spent_usd, own_usd })
  }

  async spendMonths(): Promise<string[]> {
    return spendMonths(await this.#spendLog())
  }

  async spendLog(month: string): Promise<{ entries: SpendEntry[]; next: number }> {
    return readSpendLog(await this.#spendLog(), month)
  }

  async addSpend(month: string, next: number, entry: SpendEntry): Promise<boolean> {
    return addSpend(await this.#spendLog(), this.#here, { month, next, entry })
  }

  async #spendLog(): Promise<SpendLogPlace> {
    return { folder: await this.#onDisk(spendLogPath), path: spendLogPath }
  }

  async unwrittenSeconds(ref: VersionRef): Promise<number> {
    const lock = currentLock(join(await this.#folder(ref), 'work'))
    return lock === undefined ? 0 : unwrittenSeconds(lock)
  }

  async log(ref: VersionRef, entry: LogEntry): Promise<void> {
    appendLog(join(await this.#folder(ref), logPath), `${versionFolder(ref)}/${logPath}`, entry)
  }

  async *logs(ref: VersionRef): AsyncGenerator<LogEntry> {
    yield* readLog(join(await this.#folder(ref), logPath), `${versionFolder(ref)}/${logPath}`)
  }

  async removeWork(ref: VersionRef): Promise<void> {
    const folder = await this.#folder(ref)
    const work = join(folder, 'work')
    this.#leases.get(folder)?.end()
    for (const file of this.#journals.keys()) if (file.startsWith(work)) this.#journals.delete(file)
    await writing(`${versionFolder(ref)}/work`, () => rm(work, { recursive: true, force: true }))
  }

  async #onDisk(path: string): Promise<string> {
    return inside(this.#root, path)
  }

  async #folder(ref: VersionRef): Promise<string> {
    const path = versionFolder(ref)
    return this.#heldFolders.get(path) ?? this.#onDisk(path)
  }

  async #place(pipeline: string): Promise<Place> {
    const path = `outputs/${pipeline}`
    return { folder: await this.#onDisk(path), path, here: this.#here }
  }

  #begin(pipeline: string, { folder, path }: Place, { version, lock }: Appeared): { ref: VersionRef; lease: Lease } {
    const lease = this.#hold(join(folder, version), `${path}/${version}`, { lock, inheritedSeconds: 0 })
    return { ref: { pipeline, version }, lease }
  }

  #hold(folder: string, path: string, taken: Taken): Lease {
    const lease = new FolderLease(taken, path, this.#here)
    this.#leases.set(folder, lease)
    this.#heldFolders.set(path, folder)
    return lease
  }

  #journal(folder: string, step: number): Journal {
    const file = join(folder, journalPath(step))
    const journal = this.#journals.get(file) ?? new Journal(file)
    this.#journals.set(file, journal)
    return journal
  }
}

const logPath = 'work/logs.jsonl'
const spendLogPath = 'outputs/_spending'
const spendAccountPath = 'work/purse.jsonl'

function journalPath(step: number): string {
  return `work/${stepNumber(step)}_journal.jsonl`
}
