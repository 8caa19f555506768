/** What a command can do in the place where it works, whether that is this machine or AWS. */

import type { Ports } from '../../api/ports.ts'
import type { Finding } from '../../core/doctor/finding.ts'
import type { Caller } from '../../core/documents.ts'
import type { ResumeRequest, Start } from '../../core/request/start.ts'
import type { StartInput } from '../../core/request/start-input.ts'
import type { Store, VersionRef } from '../../core/store.ts'
import type { Stopped } from '../../executions/stop-run.ts'
import type { RunResult } from '../../runners/local.ts'
import type { FolderStore } from '../../stores/folder.ts'
import type { IncomingFile } from '../../stores/import-into-folder.ts'
import type { RunOptions } from '../run-options.ts'

/** A run, a rerun or a version of edits. */
export interface Starting {
  start: Exclude<Start, { kind: 'resume' }>
  /** The same in JSON, for places that cannot be given an object of this process. */
  input: StartInput
  flags: RunOptions
  wantsVerbose?: boolean
  /** What is done with the result, instead of printing it; returns the exit code. Progress is told in a few words then. */
  end?: ((result: RunResult) => Promise<number>) | undefined
}

export interface Place {
  /** Whether the counts of an unfinished version can be read at little cost. */
  countsUnfinished: boolean
  /** Whether runs here can ask at half price. */
  batches: boolean
  /** The versions of this place. Throws RequestRefused. */
  store(): Promise<Store>
  /** The store as a run would find it: with the files of the workspace. Throws RequestRefused. */
  storeToCheck(): Promise<Store>
  /** Runs it in front of a person and returns the exit code: 0, or 3 if items failed. */
  run(starting: Starting): Promise<number>
  /** The same for an unfinished version. */
  resume(resume: ResumeRequest, flags: RunOptions): Promise<number>
  /**
   * What the API works on here. `reviewer`: who says what a review says that names nobody; `closing`: ends answers that go on. Throws
   * RequestRefused.
   */
  ports(reviewer: string, closing: AbortSignal): Promise<Ports>
  /** Who works here, as the place knows it; null on this machine. */
  caller(): Promise<Caller | null>
  /** What `doctor` works on. Throws RequestRefused if the place needs no doctor. */
  examined(): Promise<{ store: Store; leftovers: Leftovers }>
  /** Null on this machine: a run ends with its command, and the files are in the workspace already. */
  remote: Remote | null
}

export interface RemotePlace extends Place {
  remote: Remote
}

/** What only a place elsewhere can do: its runs outlive their command, and files are sent there and fetched. */
export interface Remote {
  /** The id of the run that these words name: an id, or a pipeline and a version. Throws RequestRefused. */
  namedRun(words: readonly [string, string?]): Promise<string>
  /** Follows a run to its end and returns the exit code, as `run` does. */
  follow(runId: string, flags: RunOptions): Promise<number>
  /** Asks a run to stop, or cancels the message batches that it left, and does not wait. Null if there is nothing to stop. */
  abort(runId: string): Promise<Stopped | null>
  /** Sends the files that are missing there or differ, and returns their paths. */
  send(local: Store, paths: Iterable<string>): Promise<string[]>
  /** Sends a completed version and those it is based on, and returns their folders. Throws RequestRefused. */
  sendVersion(local: FolderStore, ref: VersionRef): Promise<string[]>
  /** The files of a version, without its working files. */
  filesOf(ref: VersionRef): AsyncIterable<IncomingFile>
}

/** Finds what killed processes leave behind. */
export interface Leftovers {
  /** Whether a living process writes the version. */
  isHeld(ref: VersionRef): Promise<boolean>
  ofPipeline(pipeline: string): Promise<Finding[]>
  ofVersion(ref: VersionRef): Promise<Finding[]>
  lockOf(ref: VersionRef): Promise<Finding[]>
}
