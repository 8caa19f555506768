/** Runs on AWS as the API knows them: executions of the state machine, and the versions that they write. */
import type { ListedRun, RunState, StartedRun } from '../api/documents.ts'
import { type Runs, type RunsWanted, runsPrefix, type Starting } from '../api/ports.ts'
import type { Page } from '../core/pages.ts'
import type { VersionRef } from '../core/store.ts'
import { isRunId } from '../core/text/run-id.ts'
import type { CloudStore } from '../stores/s3-dynamodb.ts'
import type { ExecutionStatus, Executions, ListedExecution } from './executions.ts'
import { countsOf, standingOf, standingOfVersion } from './run-standing.ts'
import { stopRun } from './stop-run.ts'

/** One call looks at so many pages for runs of a pipeline or a status; then the caller asks on. */
const mostPages = 5

/** How executions are filtered by AWS for each status; undefined: several of theirs may be it. */
const listedAs: Record<ListedRun['status'], ExecutionStatus | undefined> = {
  running: undefined,
  completed: 'SUCCEEDED',
  nothing_to_do: 'SUCCEEDED',
  failed: undefined,
  aborted: undefined,
  refused: undefined,
}

export class CloudRuns implements Runs {
  readonly #store: CloudStore
  readonly #executions: Executions

  constructor(store: CloudStore, executions: Executions) {
    this.#store = store
    this.#executions = executions
  }

  start(input: unknown, how: Starting): Promise<StartedRun> {
    return this.#executions.startRun(input, how)
  }

  startedBefore(input: unknown, key: string): Promise<StartedRun | undefined> {
    return this.#executions.startedBefore(input, key)
  }

  async list({ pipeline, status, limit, after }: RunsWanted): Promise<Page<ListedRun>> {
    let from = after?.slice(runsPrefix.length)
    for (let pages = 1; ; pages++) {
      const filter = status === undefined ? undefined : listedAs[status]
      const { found, last } = await this.#executions.list({ limit, after: from, status: filter })
      const runs = (await Promise.all(found.map((execution) => this.#listed(execution, pipeline)))).filter(
        (run) => run !== null && (status === undefined || run.status === status),
      ) as ListedRun[]
      if (runs.length > 0 || last === undefined || pages === mostPages)
        return { found: runs, last: last === undefined ? undefined : runsPrefix + last }
      from = last
    }
  }

  /** Null if it is of another pipeline than the one that is wanted. */
  async #listed({ run_id, started, status: executed }: ListedExecution, wanted: string | undefined) {
    const stored = await this.#store.run(run_id)
    const { pipeline, version } = stored ?? { pipeline: null, version: null }
    if (wanted !== undefined && wanted !== pipeline) return null
    const ref = pipeline === null || version === null ? null : { pipeline, version }
    // Only of a failed one does the error tell what it means.
    const known = { status: executed, input: null, output: null, error: null, cause: null }
    const execution = executed === 'FAILED' ? ((await this.#executions.describe(run_id)) ?? known) : known
    const { status } = standingOf(execution, ref)
    const execution_arn = this.#executions.arnOf(run_id)
    return { run_id, execution_arn, started: started.toISOString(), status, pipeline, version }
  }

  async describe(run_id: string): Promise<RunState | undefined> {
    if (!isRunId(run_id)) return undefined
    const [stored, execution] = await Promise.all([this.#store.run(run_id), this.#executions.describe(run_id)])
    if (stored === undefined && execution === undefined) return undefined
    const ref = stored === undefined ? null : { pipeline: stored.pipeline, version: stored.version }
    const { status, error } =
      execution === undefined ? await standingOfVersion(this.#store, ref!) : standingOf(execution, ref)
    const counts = ref === null ? { steps: [], cost_usd: 0 } : await countsOf(this.#store, ref)
    const { pipeline, version } = ref ?? { pipeline: null, version: null }
    return { run_id, execution_arn: this.#executions.arnOf(run_id), status, pipeline, version, ...counts, error }
  }

  async begun(run_id: string): Promise<VersionRef | null | undefined> {
    if (!isRunId(run_id)) return undefined
    const stored = await this.#store.run(run_id)
    if (stored !== undefined) return { pipeline: stored.pipeline, version: stored.version }
    return (await this.#executions.describe(run_id)) === undefined ? undefined : null
  }

  async abort(run_id: string): Promise<boolean | undefined> {
    if ((await this.begun(run_id)) === undefined) return undefined
    return (await stopRun({ store: this.#store, executions: this.#executions }, run_id)) !== null
  }
}
