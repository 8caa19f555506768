/** Where a workspace is, a folder here or a stack on AWS: what the two have to offer, so that nothing else knows which it is. */
import type { Estimate } from '../core/estimate/estimate.ts'
import type { Start } from '../core/request/start.ts'
import type { StartInput } from '../core/request/start-input.ts'
import type { Progress } from '../core/run-events.ts'
import type { VersionRef } from '../core/store.ts'
import type { InMemory } from './items-in-memory.ts'
import type { Opened } from './opened.ts'
import type { Run } from './run.ts'

/** How a run is watched and stopped. */
export interface RunOptions {
  /** Told of everything that happens. */
  onProgress?: ((event: Progress) => void) | undefined
  /**
   * Aborting it stops softly: no new calls, those under way end, and the version can be resumed. The error is RunInterrupted, and
   * the signal's reason is its `cause`.
   */
  signal?: AbortSignal | undefined
  /**
   * Leaves the run to itself as soon as it can do without this process: on a stack at once, here when all message batches are
   * sent. `done` rejects with RunDetached; `follow` finds the run again.
   */
  detach?: boolean | undefined
}

/** Which of its items a run takes. */
export interface Choice {
  /** The first n items only, as a one-off that is not listed. */
  first?: number | undefined
  /** Only a sample of the items that would be taken otherwise; the same seed draws the same items. */
  sample?: { count: number; seed: number } | undefined
}

/** A run or a rerun. */
export interface NewRun {
  start: Exclude<Start, { kind: 'resume' }>
  /** The same in JSON, without the items that are in memory: for a place that cannot be given an object of this process. */
  input: StartInput
  inMemory: InMemory
}

export type Beginning = NewRun | { start: Extract<Start, { kind: 'resume' }> }

export interface Place {
  /** Throws RequestRefused if there is no such folder or stack. */
  open(): Promise<Opened>
  /** Resolves when the version exists. Throws RequestRefused, NothingToDo, VersionBusy. */
  begin(beginning: Beginning, options: RunOptions): Promise<Run>
  /** Throws RequestRefused. */
  estimate(request: unknown, asked: { choice: Choice; inMemory: InMemory }): Promise<Estimate>
  /** Finds a run that goes on without its process. `version`: undefined for the newest. Throws RequestRefused if there is none. */
  follow(words: readonly [string, string?], options: RunOptions): Promise<Run>
  /** Stops such a run, and does not wait for its end. Throws RequestRefused if there is none. */
  abort(words: readonly [string, string?]): Promise<VersionRef>
}
