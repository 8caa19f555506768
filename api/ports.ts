/** What the API works on. The Lambda hands in the stack, `itemwise serve` the workspace. */
import type { Caller } from '../core/documents.ts'
import type { Estimate } from '../core/estimate/estimate.ts'
import type { Page, Pages, PageWanted } from '../core/pages.ts'
import type { Prospect } from '../core/request/prospect.ts'
import type { Start } from '../core/request/start.ts'
import type { StepTables } from '../core/rows/step-tables.ts'
import type { Store, VersionRef } from '../core/store.ts'
import type { ListedRun, RunState, StartedRun } from './documents.ts'

export interface Ports {
  store: Store
  pages: Pages
  runs: Runs
  links: Links
  /** The steps that were looked at last, as tables. Kept from request to request. */
  tables: StepTables
  /** Who says what a review says, if nobody signed the request and it names nobody; null: nobody. */
  reviewer: string | null
  /** Where it works: a stack, or a workspace on this machine, which has a name. */
  place: { target: 'local' | 'aws'; workspace: string | null }
  estimates: Estimates
  /** The templates of the workspace; null if they are no files here. */
  templates: Templates | null
  /** Until when answers may go on, such as a run's events; null where they cannot. */
  streams: { until: AbortSignal } | null
}

/** What starts would do and cost. */
export interface Estimates {
  /**
   * Writes nothing. The estimate is null if nothing is paid for, or if a model has no known price. Throws RequestRefused, NothingToDo.
   */
  of(
    start: Exclude<Start, { kind: 'resume' }>,
    how: { offline: boolean },
  ): Promise<{ prospect: Prospect; estimate: Estimate | null }>
}

/** Templates by their names, as a step has them in prompt_name. */
export interface Templates {
  /** Undefined if there is none. Throws PathOutside. */
  read(name: string): Promise<string | undefined>
  /** Whole or not at all. Throws PathOutside, StoreUnwritable. */
  write(name: string, text: string): Promise<void>
}

export interface Links {
  /** An address by which a file can be fetched for some minutes; null where the API itself gives the file. */
  linkTo(path: string): Promise<string | null>
}

/** Which runs are asked for. */
export interface RunsWanted extends PageWanted {
  pipeline: string | undefined
  status: ListedRun['status'] | undefined
}

export interface Starting {
  key: string | undefined
  /** Who starts it; null on a laptop. */
  by: Caller | null
}

/** Keys of pages of runs begin so. */
export const runsPrefix = 'runs '

/** Starting runs, and following them. A run is known by its id as soon as it is started, before it has begun a version. */
export interface Runs {
  /**
   * Starts a run with this input (core/request/start-input.ts). With a key that was used before, the first run is the answer and
   * nothing is started. Throws RequestRefused for an input that is too long, KeyReused if the key's first run had another input.
   */
  start(input: unknown, how: Starting): Promise<StartedRun>
  /** The run that this key started; undefined if there is none. Starts nothing. Throws KeyReused. */
  startedBefore(input: unknown, key: string): Promise<StartedRun | undefined>
  /** Runs, newest first; keys begin with `runsPrefix`. A page may have fewer than asked for, or none, and still a next one. */
  list(wanted: RunsWanted): Promise<Page<ListedRun>>
  /** How a run stands. Undefined if there is no such run. */
  describe(runId: string): Promise<RunState | undefined>
  /** The version that a run began; null if it has begun none. Undefined if there is no such run. */
  begun(runId: string): Promise<VersionRef | null | undefined>
  /**
   * Asks a run to stop: no new calls, those under way end. The message batches that one left when it failed are cancelled. False if
   * nothing is to be stopped, undefined if there is no such run.
   */
  abort(runId: string): Promise<boolean | undefined>
}
