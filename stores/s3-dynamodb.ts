/** The store on AWS: files in an S3 bucket under the folder's paths, records of versions in a DynamoDB table. */
import type { Batch, LogEntry, Metadata } from '../core/documents.ts'
import type {
  ByteRange,
  Chunks,
  Keeper,
  KeptItems,
  NewVersion,
  Purse,
  Store,
  VersionRef,
  VersionState,
} from '../core/store.ts'
import type { CloudLease } from './s3-dynamodb/lease.ts'
import type { CloudOptions, CloudPlace } from './s3-dynamodb/options.ts'
import type { CloudProgress, StoredRun } from './s3-dynamodb/run-progress.ts'

export type { CloudLease } from './s3-dynamodb/lease.ts'
export type { CloudClients, CloudOptions, CloudPlace } from './s3-dynamodb/options.ts'
export type {
  CloudProgress,
  RunProgress,
  StepCounts,
  StepDelta,
  StepProgress,
  Stop,
  StoredRun,
} from './s3-dynamodb/run-progress.ts'

export declare class CloudStore implements Store {
  constructor(place: CloudPlace, options?: CloudOptions)
  read(path: string, range?: ByteRange): AsyncGenerator<Uint8Array>
  size(path: string): Promise<number | undefined>
  write(path: string, content: string | Chunks): Promise<void>
  remove(path: string): Promise<void>
  list(folder: string): Promise<string[]>
  pipelines(): Promise<string[]>
  versions(pipeline: string): Promise<string[]>
  version(ref: VersionRef): Promise<VersionState | undefined>
  records(pipeline: string): AsyncGenerator<VersionRef & VersionState>
  createVersion(
    pipeline: string,
    make: (version: string) => NewVersion,
  ): Promise<{ ref: VersionRef; lease: CloudLease }>
  createOneOff(version: string, make: (version: string) => NewVersion): Promise<{ ref: VersionRef; lease: CloudLease }>
  updateVersion(ref: VersionRef, change: Partial<Metadata>): Promise<Metadata>
  latest(pipeline: string): Promise<string | undefined>
  moveLatest(pipeline: string): Promise<string | undefined>
  lease(ref: VersionRef): Promise<CloudLease>
  keeper(ref: VersionRef, step: number, batch?: Batch): Promise<Keeper>
  kept(ref: VersionRef, step: number): Promise<KeptItems>
  purse(ref: VersionRef, limit_usd?: number | null, spent_usd?: number): Promise<Purse | null>
  log(ref: VersionRef, entry: LogEntry): Promise<void>
  logs(ref: VersionRef): AsyncGenerator<LogEntry>
  removeWork(ref: VersionRef): Promise<void>
  /** What an execution's name stands for; undefined where it has begun no version. */
  run(id: string): Promise<StoredRun | undefined>
  /** The run that goes on, or went on last, in a version: its counts, and the way to stop it. */
  progress(ref: VersionRef): CloudProgress
  /**
   * Takes the version out of the hands of a run that has ended, so that whoever still works for it stops, and it can be ended.
   * False where it has ended already, or a newer run has it. Asked again by the same run it is true again.
   */
  endWriter(ref: VersionRef, run: { epoch: number; run_id: string }): Promise<boolean>
  /** Writes log entries that are buffered. Throws StoreUnwritable. */
  flush(): Promise<void>
}
