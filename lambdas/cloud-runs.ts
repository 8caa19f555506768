/** Runs on AWS as the API knows them: executions of the state machine, and the versions that they write. */
import type { RunState, StartedRun } from '../api/documents.ts'
import type { Runs } from '../api/ports.ts'
import type { VersionRef } from '../core/store.ts'
import { isRunId } from '../core/text/run-id.ts'
import { abortRun } from '../executions/abort-run.ts'
import type { Executions } from '../executions/executions.ts'
import type { CloudStore } from '../stores/s3-dynamodb.ts'
import { countsOf, standingOf, standingOfVersion } from './run-standing.ts'

export class CloudRuns implements Runs {
  readonly #store: CloudStore
  readonly #executions: Executions

  constructor(store: CloudStore, executions: Executions) {
    this.#store = store
    this.#executions = executions
  }

  start(input: unknown, key?: string): Promise<StartedRun> {
    return this.#executions.startRun(input, key)
  }

  startedBefore(input: unknown, key: string): Promise<StartedRun | undefined> {
    return this.#executions.startedBefore(input, key)
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
    const execution = isRunId(run_id) ? await this.#executions.describe(run_id) : undefined
    if (execution === undefined) return undefined
    if (execution.status !== 'RUNNING') return false
    await abortRun({ store: this.#store, executions: this.#executions }, run_id)
    return true
  }
}
