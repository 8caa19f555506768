/**
 * The store on AWS: files in an S3 bucket under the same paths as in a folder, records of versions in a DynamoDB table. Each
 * method calls the file that does the work.
 * Long, since it has one short method for each of the port.
 */
import type { LogEntry, Metadata, SpendEntry } from '../core/documents.ts'
import type { RecordUnreadable } from '../core/errors.ts'
import type { ReviewBook } from '../core/review.ts'
import {
  type ByteRange,
  type ContentStream,
  type Keeper,
  type KeeperOptions,
  type KeptItems,
  type NewVersion,
  oneOffs,
  type SpendAccount,
  type Store,
  type StoredFile,
  type VersionRef,
  type VersionState,
  versionFolder,
} from '../core/store.ts'
import { claimBatch, claimsOf } from './s3-dynamodb/claim.ts'
import { type CloudContext, cloudContext } from './s3-dynamodb/context.ts'
import { untilDrained } from './s3-dynamodb/drain.ts'
import { latestVersion, moveLatest } from './s3-dynamodb/latest.ts'
import { type CloudLease, endWriter, HeldLease, type Taken, takeOver } from './s3-dynamodb/lease.ts'
import type { CloudOptions, CloudPlace } from './s3-dynamodb/options.ts'
import { TableProgress } from './s3-dynamodb/progress.ts'
import { spendAccountKey, stateKey } from './s3-dynamodb/records.ts'
import { removeVersion } from './s3-dynamodb/remove-version.ts'
import type { BatchClaim, Claiming, CloudProgress, StoredRun } from './s3-dynamodb/run-progress.ts'
import { type Barred, forbidBegin, storedRun } from './s3-dynamodb/runs.ts'
import { openSpendAccount } from './s3-dynamodb/spend-account.ts'
import { addSpend, readSpendLog, spendMonths } from './s3-dynamodb/spend-log.ts'
import { newSession, StepWork } from './s3-dynamodb/step-work.ts'
import { readObject } from './s3-dynamodb/stream-down.ts'
import { writeObject } from './s3-dynamodb/stream-up.ts'
import { tableReviews } from './s3-dynamodb/table-reviews.ts'
import { Logs } from './s3-dynamodb/version-log.ts'
import {
  appearNamed,
  appearNumbered,
  changeVersion,
  versionNames,
  versionState,
  versionStates,
} from './s3-dynamodb/versions.ts'
import { Writer } from './s3-dynamodb/writer.ts'
import { keyOf, throwIfOutside } from './workspace-path.ts'

export { defaultClients } from './s3-dynamodb/clients.ts'
export type { CloudLease } from './s3-dynamodb/lease.ts'
export type { CloudClients, CloudOptions, CloudPlace } from './s3-dynamodb/options.ts'
export type {
  BatchClaim,
  CloudProgress,
  RunProgress,
  StepCounts,
  StepDelta,
  StepProgress,
  Stop,
  StoredRun,
} from './s3-dynamodb/run-progress.ts'
export { beatMs } from './s3-dynamodb/run-progress.ts'

export class CloudStore implements Store {
  readonly reviews: ReviewBook
  readonly #here: CloudContext
  readonly #logs: Logs
  readonly #work: StepWork
  /** By the version's folder: of the versions that this process writes. */
  readonly #writers = new Map<string, Writer>()

  constructor(place: CloudPlace, options: CloudOptions = {}) {
    this.#here = cloudContext(place, options)
    this.#logs = new Logs(this.#here.objects, newSession)
    this.#work = new StepWork(this.#here, this.#logs)
    this.reviews = tableReviews(this.#here)
    // This process does not know what an earlier stage recorded, so it looks first.
    if (options.writer !== undefined) this.#note({ ...options.writer, signedAt: 0 })
  }

  async *read(path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    yield* readObject(this.#here.objects, keyOf(path), range)
  }

  async size(path: string): Promise<number | undefined> {
    return this.#here.objects.size(keyOf(path))
  }

  async write(path: string, content: string | ContentStream): Promise<void> {
    const key = keyOf(path)
    if (typeof content === 'string') await this.#here.objects.put(key, content)
    else await writeObject(this.#here.objects, key, this.#signing(key, content))
  }

  async remove(path: string): Promise<void> {
    await this.#here.objects.remove(keyOf(path))
  }

  async list(folder: string): Promise<string[]> {
    return this.#here.objects.names(keyOf(folder))
  }

  async *usageBelow(folder: string): AsyncGenerator<StoredFile> {
    yield* this.#here.objects.usageBelow(keyOf(folder))
  }

  async removeBelow(folder: string): Promise<void> {
    await this.#here.objects.removeBelow(keyOf(folder))
  }

  async pipelines(): Promise<string[]> {
    const rows = await Array.fromAsync(this.#here.table.listed())
    return rows.map(({ pipeline }) => String(pipeline)).sort()
  }

  async versions(pipeline: string): Promise<string[]> {
    throwIfOutside(`outputs/${pipeline}`)
    return versionNames(this.#here, pipeline)
  }

  async version(ref: VersionRef): Promise<VersionState | undefined> {
    return versionState(this.#here, ref)
  }

  async *records(
    pipeline: string,
    onUnreadable?: (error: RecordUnreadable) => void,
  ): AsyncGenerator<VersionRef & VersionState> {
    yield* versionStates(this.#here, pipeline, onUnreadable)
  }

  async createVersion(
    pipeline: string,
    make: (version: string) => NewVersion,
  ): Promise<{ ref: VersionRef; lease: CloudLease }> {
    throwIfOutside(`outputs/${pipeline}`)
    const { ref, taken } = await appearNumbered(this.#here, pipeline, make)
    return { ref, lease: this.#hold(ref, taken) }
  }

  async createOneOff(
    version: string,
    make: (version: string) => NewVersion,
  ): Promise<{ ref: VersionRef; lease: CloudLease }> {
    const ref = { pipeline: oneOffs, version }
    throwIfOutside(versionFolder(ref))
    return { ref, lease: this.#hold(ref, await appearNamed(this.#here, ref, make)) }
  }

  async updateVersion(ref: VersionRef, change: Partial<Metadata>): Promise<Metadata> {
    return changeVersion(this.#here, ref, { change, writer: this.#writer(ref) })
  }

  async removeVersion(ref: VersionRef): Promise<void> {
    this.#writer(ref)?.end()
    this.#writers.delete(versionFolder(ref))
    this.#logs.forget(ref)
    await removeVersion(this.#here, ref)
  }

  async latest(pipeline: string): Promise<string | undefined> {
    return latestVersion(this.#here, pipeline)
  }

  async moveLatest(pipeline: string): Promise<string | undefined> {
    return moveLatest(this.#here, pipeline)
  }

  async lease(ref: VersionRef, { toSettle = false }: { toSettle?: boolean } = {}): Promise<CloudLease> {
    // Otherwise the execution's name would stand for this version, and not for the one that it is about to begin.
    const here = toSettle ? { ...this.#here, execution: undefined } : this.#here
    return this.#hold(ref, await takeOver(here, ref))
  }

  async keeper(ref: VersionRef, step: number, options: KeeperOptions = {}): Promise<Keeper> {
    return this.#work.keeper(ref, step, { ...options, writer: this.#writer(ref) })
  }

  async kept(ref: VersionRef, step: number): Promise<KeptItems> {
    return this.#work.kept(ref, step, this.#writer(ref))
  }

  async spendAccount(
    ref: VersionRef,
    limit_usd?: number | null,
    spent_usd = 0,
    own_usd?: number | null,
  ): Promise<SpendAccount | null> {
    return openSpendAccount(this.#here, { ref, writer: this.#writer(ref) }, { limit_usd, spent_usd, own_usd })
  }

  async spendMonths(): Promise<string[]> {
    return spendMonths(this.#here.table)
  }

  async spendLog(month: string): Promise<{ entries: SpendEntry[]; next: number }> {
    return readSpendLog(this.#here.table, month)
  }

  async addSpend(month: string, next: number, entry: SpendEntry): Promise<boolean> {
    return addSpend(this.#here.table, { month, next, entry })
  }

  async log(ref: VersionRef, entry: LogEntry): Promise<void> {
    await this.#logs.add(ref, entry)
  }

  async *logs(ref: VersionRef): AsyncGenerator<LogEntry> {
    yield* this.#logs.read(ref)
  }

  async removeWork(ref: VersionRef): Promise<void> {
    this.#writer(ref)?.end()
    this.#writers.delete(versionFolder(ref))
    this.#logs.forget(ref)
    await this.#here.objects.removeBelow(`${versionFolder(ref)}/work`)
    // Last: whoever still works for the version sees then that it is over. What is not there needs no permission to remove it.
    const { table } = this.#here
    const keys = [stateKey(ref), spendAccountKey(ref)]
    const rows = await Promise.all(keys.map((key) => table.get(key)))
    const claims = await claimsOf(this.#here, ref)
    await table.remove([...claims, ...keys.filter((_key, at) => rows[at] !== undefined)])
  }

  /** The version that an execution began; undefined if it began none. */
  async run(id: string): Promise<StoredRun | undefined> {
    return storedRun(this.#here, id)
  }

  /** Bars an ended execution from beginning a version, even if its `open` is still running. Throws StoreUnwritable, StoreUnreadable. */
  async forbidBegin(id: string): Promise<Barred> {
    return forbidBegin(this.#here, id)
  }

  /** The current or last run of a version: its counts, and the way to stop it. */
  progress(ref: VersionRef): CloudProgress {
    return new TableProgress(this.#here, ref, this.#writer(ref)?.epoch)
  }

  /** Waits until no other worker of the same run works on a batch, and claims it. Throws the reason of `stop`. */
  async claim({ epoch, ...ref }: VersionRef & { epoch: number }, claiming: Claiming): Promise<BatchClaim> {
    return claimBatch(this.#here, { ref, epoch }, claiming)
  }

  /**
   * Takes a version over from a run that has ended, so that its remaining workers begin nothing new. Returns the epoch
   * under which the end is written, also when the same run asks again; null if another run has the version, or its work is over.
   */
  async endWriter(ref: VersionRef, run: { epoch: number; run_id: string }): Promise<number | null> {
    return endWriter(this.#here, ref, run)
  }

  /** Waits until the workers of an ended run have kept what was under way, five minutes at most. */
  async untilDrained(ref: VersionRef): Promise<void> {
    await untilDrained(this.#here, ref)
  }

  /** Writes the log entries that are gathered. Throws StoreUnwritable. */
  async flush(): Promise<void> {
    await this.#logs.flush()
  }

  #hold(ref: VersionRef, taken: Taken): CloudLease {
    const writer = this.#note({ ref, epoch: taken.epoch, signedAt: taken.signedAt })
    return new HeldLease(this.#here, taken, { writer, flush: () => this.flush() })
  }

  #note(writing: { ref: VersionRef; epoch: number; signedAt: number }): Writer {
    const writer = new Writer(this.#here, writing)
    this.#writers.set(versionFolder(writing.ref), writer)
    return writer
  }

  #writer(ref: VersionRef): Writer | undefined {
    return this.#writers.get(versionFolder(ref))
  }

  /** A long file of a version that is written: its writer is seen to live, and stops when it was replaced. */
  async *#signing(key: string, content: ContentStream): ContentStream {
    const [, pipeline = '', version = ''] = key.split('/')
    const writer = key.startsWith('outputs/') ? this.#writer({ pipeline, version }) : undefined
    for await (const chunk of content) {
      await writer?.check()
      yield chunk
    }
  }
}
