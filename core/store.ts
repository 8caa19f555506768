/**
 * The port of a store: a folder, or S3 and DynamoDB. Paths mean the same in both.
 * Long, since it is the whole contract that every store keeps.
 */

import type { Chunk, Keep, LedgerLine, LogEntry, Metadata, PlanLine, SpendEntry } from './documents.ts'
import type { RecordUnreadable } from './errors.ts'
import type { Reply } from './model.ts'
import type { ReviewBook } from './review.ts'

/** A version of a pipeline; a one-off run has the pipeline `_runs` and its run id as version. */
export interface VersionRef {
  /** The pipeline's full name, its folder below outputs/. */
  pipeline: string
  /** `v0`, `v1`, … */
  version: string
}

/** First byte, and the one after the last. */
export type ByteRange = readonly [number, number]

export interface StoredFile {
  path: string
  bytes: number
}

export type ContentStream = AsyncIterable<string | Uint8Array>

/** One item's answer or failure together with what it cost. */
export interface KeptItem {
  line: LedgerLine
  /** The answer with its ids, as pretty-printed JSON (of a single-call step with a text output: the text); null if the item failed. */
  answer: string | null
  /** What came back, unchanged, if it could not be used. */
  reply: string | null
}

/** What a reply cost that could not be used and was asked for again. Kept at once, so that a killed run does not forget it. */
export interface SpentReply
  extends Pick<
    LedgerLine,
    | 'input_tokens'
    | 'output_tokens'
    | 'cache_read_tokens'
    | 'cache_write_tokens'
    | 'cost_usd'
    | 'milliseconds'
    | 'attempts'
    | 'cache_write_1h_tokens'
    | 'batch_saved_usd'
  > {
  item_index: number
}

/** A reply as it came, before anything has judged it. */
export interface RawReply {
  item_index: number
  /** Of the question that it answers. */
  fingerprint: string
  /** True if it answers the second ask. */
  again: boolean
  reply: Reply
}

/** Where an item is kept: its position, and its folder below items/ (empty in a single-call step). */
export type ItemPlace = Pick<PlanLine, 'item_index' | 'segment'>

/** What is kept of an item. */
export interface KeptSoFar {
  /** The newest answer or failure; null if there are only unusable replies. */
  kept: KeptItem | null
  /** Everything else that was spent on the item. */
  spent: SpentReply[]
  /** What was sent for it, if that is asked for and was kept with the answer. */
  prompt?: string
  /** A reply that came after all of it and that nothing has judged yet, because its process was killed. */
  unjudged?: RawReply | null
  /** True of a failure that this very run kept, when it worked on the chunk before: the item had its turn. */
  hadItsTurn?: true
}

/** What this version already holds of one step. Fastest where items are asked for in the order of the plan. */
export interface KeptItems {
  /** Undefined if nothing is kept of an item. `outcome`: the texts of its answer and its reply may be empty. */
  find(item: ItemPlace, what?: 'all' | 'outcome' | 'with prompt'): Promise<KeptSoFar | undefined>
  close(): Promise<void>
}

export const eachItsFile: Keep = { prompts: 'files', items: 'files' }

/** How a step is kept. */
export interface KeeperOptions {
  /** The chunk that is worked on; what a killed process kept of it without coming to an end is found again. */
  chunk?: Chunk | undefined
  /** Default: a file each. */
  keep?: Keep | undefined
  /** Aborted: nothing new is begun, so nothing waits for other answers any more. */
  stop?: AbortSignal
  /** Whether replies of message batches come: hundreds in a moment, before anything judges them. */
  receives?: boolean
}

/** Keeps the answers of one step of one version. One writer at a time. */
export interface Keeper {
  /**
   * Exactly what is sent for an item, when it is asked for: prompts/NN_prompt_<segment>.md (single-call: prompts/NN_prompt.md). If prompts
   * are packed it is kept together with the answer; if none are kept it only says that a call is under way.
   */
  keepPrompt(segment: string | null, prompt: string): Promise<void>
  /**
   * The one act of keeping: the answer and its ledger line together. When it resolves, a killed process loses neither.
   * Throws StoreUnwritable.
   */
  keep(item: KeptItem): Promise<void>
  /**
   * Notes a reply the moment it comes, before anything judges it: whatever judging does to the process, it is paid for once.
   * Absent if that would be a request of its own, unless it `receives`.
   */
  receive?(raw: RawReply): Promise<void>
  /** Notes what an unusable reply cost before it is asked for again. */
  spend(reply: SpentReply): Promise<void>
  close(): Promise<void>
}

/** The right to write one version. Held by one process at a time. */
export interface Lease {
  /** Seconds that a dead writer had worked on this version and not yet written down. */
  readonly inheritedSeconds: number
  /** Aborts when a newer writer took the version over. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

/** What a new version consists of when it appears. */
export interface NewVersion {
  metadata: Metadata
  /** Further files by their path inside the version, such as run.json. A long one is a stream, which may be asked for again. */
  files: ReadonlyMap<string, string | (() => ContentStream)>
}

/** A version's record and whether its writer is gone although it says `running`. */
export interface VersionState {
  metadata: Metadata
  /** True if it says `running` and the writer is alive (or may be: another host, seen within the minute). */
  alive: boolean
}

/**
 * The money of a version that has a limit, or had one: a single sum of what was spent and what is reserved. A reservation
 * that is never settled, because its process was killed, stays in it.
 */
export interface SpendAccount {
  /** USD; null if the limit was lifted. */
  readonly limit_usd: number | null
  /** The limit of the version itself. It is another one if the month left less. */
  readonly own_usd: number | null
  /**
   * Takes an amount if the sum stays within the limit. Once it has resolved with true, a killed process cannot forget it.
   * Throws StoreUnwritable.
   */
  reserve(usd: number): Promise<boolean>
  /**
   * Called if an amount does not fit and this process has nothing under way: waits a moment, and resolves with true if it
   * is worth trying again, because others, such as Lambdas, may give back what they reserved. Absent if nobody shares the spend account.
   */
  waitForOthers?(usd: number): Promise<boolean>
  /**
   * What the limit left at this process's last change, in USD: 0 before the first, Infinity without a limit. Present if each
   * change is a request that costs money and time: then it is taken in blocks (SpendBlocks).
   */
  room_usd?(): number
  /** Replaces a reservation by its actual cost. Throws StoreUnwritable. */
  settle(reserved_usd: number, actual_usd: number): Promise<void>
  /** The sum, in USD. */
  spent(): Promise<number>
  close(): Promise<void>
}

export interface Store {
  /** Reads a file's bytes. Throws FileMissing, PathOutside. */
  read(path: string, range?: ByteRange): AsyncIterable<Uint8Array>
  /**
   * The texts of many small files, in their order; undefined for one that is not there. Absent if that is no faster than reading
   * one after another. Throws PathOutside.
   */
  readSmall?(paths: readonly string[]): Promise<(string | undefined)[]>
  /** Size in bytes, or undefined if there is no such file. Throws PathOutside. */
  size(path: string): Promise<number | undefined>
  /** Writes a file whole or not at all. Throws PathOutside, StoreUnwritable. */
  write(path: string, content: string | ContentStream): Promise<void>
  /** Removes a file; nothing if there is none. Throws PathOutside. */
  remove(path: string): Promise<void>
  /** Names directly below a folder, sorted; folders end with a slash. Nothing if the folder is missing. */
  list(folder: string): Promise<string[]>

  /**
   * What lies below a folder, in no particular order, and what each takes: on a disk whole blocks, and folders, whose paths end with a slash,
   * take some, too.
   */
  usageBelow(folder: string): AsyncIterable<StoredFile>
  /** Removes everything below a folder; nothing if there is none. Throws PathOutside, StoreUnwritable. */
  removeBelow(folder: string): Promise<void>

  /** Full names of the pipelines that have versions, sorted; without one-off runs. */
  pipelines(): Promise<string[]>
  /** Version names of a pipeline, oldest first. Nothing if there is no such pipeline. */
  versions(pipeline: string): Promise<string[]>
  /** A version's record. Undefined if there is no such version. */
  version(ref: VersionRef): Promise<VersionState | undefined>
  /**
   * The records of all versions of a pipeline, oldest first; versions without a record are left out. `onUnreadable` is told of
   * each record that is damaged, and the others go on; without it the first one is thrown.
   */
  records(pipeline: string, onUnreadable?: (error: RecordUnreadable) => void): AsyncIterable<VersionRef & VersionState>
  /**
   * Takes the next version number of a pipeline and lets the version appear whole; two callers get two numbers.
   * The caller becomes its writer.
   */
  createVersion(pipeline: string, make: (version: string) => NewVersion): Promise<{ ref: VersionRef; lease: Lease }>
  /** The same for a one-off run, whose name is given. */
  createOneOff(version: string, make: (version: string) => NewVersion): Promise<{ ref: VersionRef; lease: Lease }>
  /**
   * Changes fields of a version's record; the others stay as they are, hand edits included. Changes by several processes at once
   * all hold; of the same field the last one does.
   */
  updateVersion(ref: VersionRef, change: Partial<Metadata>): Promise<Metadata>
  /**
   * Removes a version: its record, its work and its files; nothing if there is none. `latest` moves back if it pointed there. Only
   * after its tombstone was written, which keeps the number. Throws StoreUnwritable.
   */
  removeVersion(ref: VersionRef): Promise<void>
  /** The version `latest` points at, if any. */
  latest(pipeline: string): Promise<string | undefined>
  /** Moves `latest` to the highest completed version; never back. */
  moveLatest(pipeline: string): Promise<string | undefined>
  /**
   * Becomes the writer of an existing version. `toSettle`: only to write down what a dead run had kept; the version does not
   * become this run's. Throws VersionBusy if another is alive.
   */
  lease(ref: VersionRef, options?: { toSettle?: boolean }): Promise<Lease>

  /** Opens a step for keeping answers. */
  keeper(ref: VersionRef, step: number, options?: KeeperOptions): Promise<Keeper>
  /** What is already kept of a step. */
  kept(ref: VersionRef, step: number): Promise<KeptItems>
  /**
   * Whether answers of a step lie in items/ though its journal, by which they are found, is gone. Absent if an answer's own
   * file is what it is found by.
   */
  lostJournal?(ref: VersionRef, step: number): Promise<boolean>
  /**
   * Opens the spend account of a version; those open at once share one sum. `limit_usd` holds from now on and is kept: a number, or null
   * for no limit any more; undefined leaves what holds. A new spend account begins with `spent_usd`, 0 if nothing is said.
   * `own_usd`: the limit of the version itself, if what is left of the month is less. Null if the version never had a limit: nothing is
   * counted.
   */
  spendAccount(
    ref: VersionRef,
    limit_usd?: number | null,
    spent_usd?: number,
    own_usd?: number | null,
  ): Promise<SpendAccount | null>
  /** The months that the spend log of the workspace has entries of, such as `2026-11`, oldest first. */
  spendMonths(): Promise<string[]>
  /** The entries of a month in the order in which they were added, and the place of the next one. */
  spendLog(month: string): Promise<{ entries: SpendEntry[]; next: number }>
  /** Adds an entry at a place; false if another one has it. What is in the log stays in it. Throws StoreUnwritable. */
  addSpend(month: string, next: number, entry: SpendEntry): Promise<boolean>
  /** Seconds that a version's writer has worked, or had when it died, and not yet written down. Absent if that is not known. */
  unwrittenSeconds?(ref: VersionRef): Promise<number>
  /** Adds lines to the version's log; a step's ledger stays the place for items. */
  log(ref: VersionRef, entry: LogEntry): Promise<void>
  /** The version's log, oldest first. */
  logs(ref: VersionRef): AsyncIterable<LogEntry>
  /** What people said of answers. */
  readonly reviews: ReviewBook
  /** Removes work/ of a completed version. Idempotent. */
  removeWork(ref: VersionRef): Promise<void>
}

/** The folder of a version, and the key prefix in S3. */
export function versionFolder({ pipeline, version }: VersionRef): string {
  return `outputs/${pipeline}/${version}`
}

/** Two digits: the step's number as it stands in file names. */
export function stepNumber(step: number): string {
  return String(step).padStart(2, '0')
}

/** Where a version that was removed leaves its tombstone. No version of its number appears again in the pipeline. */
export function tombstonePath({ pipeline, version }: VersionRef): string {
  return `outputs/${pipeline}/removed/${version}.json`
}

/** Paths of the files of one step of one version. */
export function stepFiles(ref: VersionRef, step: number) {
  const folder = versionFolder(ref)
  const number = stepNumber(step)
  return {
    plan: `${folder}/work/${number}.jsonl`,
    chunks: `${folder}/work/${number}_batches.json`,
    /** Chunks that are processed once more. Whoever may read the one may read the other. */
    missing: `${folder}/work/${number}_missing_batches.json`,
    /** Message batches whose results are to be kept. */
    ended: `${folder}/work/${number}_ended_batches.json`,
    ledger: `${folder}/${number}_ledger.jsonl`,
    errors: `${folder}/${number}_errors.json`,
    /** Derived from the ledger: see core/versions/ledger-index.ts. */
    index: `${folder}/.index/${number}.bin`,
    /** What is odd among the answers, until the record has it. Derived from the array. */
    oddities: `${folder}/.index/${number}_oddities.json`,
    collated: (outputFile: string) => `${folder}/collated/${number}_${outputFile}`,
    output: (segment: string) => `${folder}/items/${segment}/${number}_output.json`,
    reply: (segment: string) => `${folder}/items/${segment}/${number}_reply.txt`,
    /** One of a thousand positions, from first to last: see core/versions/packs.ts. */
    pack: (kind: 'items' | 'prompts', positions: readonly [number, number]) =>
      `${folder}/${kind}/${number}_${positions.map((one) => String(one).padStart(7, '0')).join('-')}.jsonl.zst`,
    prompt: (segment: string | null) => `${folder}/prompts/${number}_prompt${segment === null ? '' : `_${segment}`}.md`,
  }
}

/** The pipeline under which one-off runs are kept. */
export const oneOffs = '_runs'

/** Beginnings of keys in the table on AWS that stand for something else than a pipeline. */
export const reservedBeginnings = ['run#', 'progress#', 'reviews#', 'spend#'] as const

/** Which of them a pipeline's name has; undefined if none. */
export function reservedBeginning(pipeline: string): string | undefined {
  return reservedBeginnings.find((beginning) => pipeline.startsWith(beginning))
}
