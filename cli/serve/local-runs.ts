/** Runs on this machine as the API knows them: processes of their own, found by the index of runs. */
import { ulid } from 'ulid'
import type { ListedRun, RunState, StartedRun, StepState } from '../../api/documents.ts'
import { type Runs, type RunsWanted, runsPrefix, type Starting } from '../../api/ports.ts'
import { endedStep } from '../../api/step-state.ts'
import { KeyReused, VersionBusy } from '../../core/errors.ts'
import { nothingSpent, plus } from '../../core/money/spending.ts'
import type { Page } from '../../core/pages.ts'
import type { Store, VersionRef } from '../../core/store.ts'
import { sha256 } from '../../core/text/ids.ts'
import { jsonText } from '../../core/text/json.ts'
import { runIdOfKey } from '../../core/text/run-id.ts'
import { sortedJson } from '../../core/text/sorted-json.ts'
import { type IndexedRun, indexKey, markOf, newIndexedRun, type RunIndex } from '../../stores/run-index.ts'
import type { CancelLeft } from './cancel-left.ts'
import type { Launch } from './launch-run.ts'
import { versionBegunBy } from './version-begun-by.ts'

export interface LocalRunsTools {
  index: RunIndex
  store: Store
  launch: Launch
  cancelLeft: CancelLeft
}

type FoundRun = IndexedRun & { going: boolean }
type Standing = Pick<RunState, 'status' | 'error'>

// A process starts within a second; one that has none after this long lost its server just then.
const startingMs = 10_000

export class LocalRuns implements Runs {
  readonly #index: RunIndex
  readonly #store: Store
  readonly #launch: Launch
  readonly #cancelLeft: CancelLeft

  constructor({ index, store, launch, cancelLeft }: LocalRunsTools) {
    this.#index = index
    this.#store = store
    this.#launch = launch
    this.#cancelLeft = cancelLeft
  }

  async start(input: unknown, { key }: Starting): Promise<StartedRun> {
    const run_id = key === undefined ? ulid() : runIdOfKey(key)
    const run = newIndexedRun({ run_id, created: new Date().toISOString(), input_sha256: hashOf(input) })
    if (this.#index.create(run)) this.#launchRun(run, jsonText(input))
    else if (this.#index.read(run_id)?.input_sha256 !== run.input_sha256) throw new KeyReused(run_id)
    return { run_id, execution_arn: null }
  }

  async startedBefore(input: unknown, key: string): Promise<StartedRun | undefined> {
    const run_id = runIdOfKey(key)
    const before = this.#index.read(run_id)
    if (before === undefined) return undefined
    if (before.input_sha256 !== hashOf(input)) throw new KeyReused(run_id)
    return { run_id, execution_arn: null }
  }

  /** Blocking from the entry to the process: no other request of this server sees a run without one. */
  #launchRun(run: IndexedRun, input: string): void {
    let launched: ReturnType<Launch> | undefined
    try {
      launched = this.#launch(run.run_id)
      this.#index.write({ ...run, process: markOf(launched.pid) })
    } catch (error) {
      launched?.cancel()
      this.#index.remove(run.run_id)
      throw error
    }
    launched.begin(input)
  }

  async list({ pipeline, status, limit, after }: RunsWanted): Promise<Page<ListedRun>> {
    const key = (run: IndexedRun) => runsPrefix + indexKey(run)
    const started = this.#index.list().filter(({ by_command }) => by_command === undefined)
    const older = started.filter((run) => after === undefined || key(run) < after)
    const found: ListedRun[] = []
    for (const [at, entry] of older.entries()) {
      const run = pipeline === undefined || pipeline === entry.pipeline ? await this.#listed(entry.run_id) : undefined
      if (run === undefined || (status !== undefined && status !== run.status)) continue
      if (pipeline === undefined || pipeline === run.pipeline) found.push(run)
      if (found.length === limit) return { found, last: at < older.length - 1 ? key(entry) : undefined }
    }
    return { found, last: undefined }
  }

  async #listed(runId: string): Promise<ListedRun | undefined> {
    const run = this.#read(runId)
    if (run === undefined) return undefined
    const ref = await this.#refOf(run)
    const { status } = await this.#standing(run, ref)
    const { pipeline, version } = ref ?? { pipeline: null, version: null }
    return { run_id: run.run_id, execution_arn: null, started: run.created, status, pipeline, version }
  }

  async describe(run_id: string): Promise<RunState | undefined> {
    const run = this.#read(run_id)
    if (run === undefined) return undefined
    const ref = await this.#refOf(run)
    const { status, error } = await this.#standing(run, ref)
    const steps = (run.going || ref === null ? undefined : await this.#stepsOf(ref)) ?? run.steps
    const { cost_usd } = steps.reduce(plus, nothingSpent)
    const { pipeline, version } = ref ?? { pipeline: null, version: null }
    return { run_id, execution_arn: null, status, pipeline, version, steps, cost_usd, error }
  }

  async begun(run_id: string): Promise<VersionRef | null | undefined> {
    const run = this.#read(run_id)
    return run && this.#refOf(run)
  }

  async abort(run_id: string): Promise<boolean | undefined> {
    const run = await this.#hearing(run_id)
    if (run === undefined) return undefined
    if (!run.going) return this.#cancelledLeft(run)
    if (run.process === null || !run.hears)
      throw new VersionBusy(`The run ${run_id} is just starting. Stop it in a moment.`)
    if (!this.#index.isHere(run))
      throw new VersionBusy(`The run ${run_id} is running on ${run.process.host}. Stop it there.`)
    try {
      process.kill(run.process.pid, 'SIGTERM')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
      throw error
    }
    return true
  }

  async #cancelledLeft(run: FoundRun): Promise<boolean> {
    const ref = await this.#refOf(run)
    return ref !== null && this.#cancelLeft(ref)
  }

  /** A run's entry, when its process has started: one that does not hear yet would be killed by a signal. */
  async #hearing(runId: string): Promise<FoundRun | undefined> {
    const latest = Date.now() + startingMs
    for (;;) {
      const run = this.#read(runId)
      if (run === undefined || !run.going || run.hears || Date.now() > latest) return run
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** A run's entry, and whether it is still running. Undefined if there is no such run. */
  #read(runId: string): FoundRun | undefined {
    const run = this.#index.read(runId)
    if (run === undefined || run.ended !== null) return run && { ...run, going: false }
    const isStarting = run.process === null && Date.now() - Date.parse(run.created) < startingMs
    if (isStarting || this.#index.isAlive(run)) return { ...run, going: true }
    // It may have written its end since the entry was read.
    return { ...(this.#index.read(runId) ?? run), going: false }
  }

  /** The version that a run began. Of one that was killed just then, its entry does not know it. */
  async #refOf(run: FoundRun): Promise<VersionRef | null> {
    const { pipeline, version } = run
    if (pipeline === null) return null
    if (version !== null) return { pipeline, version }
    return run.going || run.ended !== null ? null : versionBegunBy(this.#store, { ...run, pipeline })
  }

  async #standing(run: FoundRun, ref: VersionRef | null): Promise<Standing> {
    return run.going ? going : (run.ended ?? this.#standingOfGone(run, ref))
  }

  /**
   * Of a run whose process is gone without a word. Its version may be completed by now: by this run only if nothing was left to
   * do, otherwise by one that went on with it.
   */
  async #standingOfGone({ collated }: FoundRun, ref: VersionRef | null): Promise<Standing> {
    if (ref === null) return { status: 'refused', error: goneError('It had not begun a version.') }
    const status = collated ? (await this.#store.version(ref))?.metadata.status : undefined
    if (status === 'completed') return { status, error: null }
    return { status: 'failed', error: goneError('The answers so far are kept, and the run can be resumed.') }
  }

  /** Undefined while its version has no sums. */
  async #stepsOf(ref: VersionRef): Promise<StepState[] | undefined> {
    const stats = (await this.#store.version(ref))?.metadata.stats
    return stats !== undefined && 'steps' in stats ? stats.steps.map(endedStep) : undefined
  }
}

function hashOf(input: unknown): string {
  return sha256(sortedJson(input))
}

const going: Standing = { status: 'running', error: null }

function goneError(rest: string): Standing['error'] {
  const message = `The process of the run is gone: it was killed, or the machine was restarted. ${rest}`
  return { name: 'RunFailed', message }
}
