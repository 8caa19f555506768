/** The routes below /runs: start one, look how it stands, go on with it, stop it. */
import { RequestRefused } from '../../core/errors.ts'
import { parseRequest } from '../../core/parse-request.ts'
import { startOf } from '../../core/start-input.ts'
import { oneOffs, type VersionRef } from '../../core/store.ts'
import { readRun } from '../../core/version-documents.ts'
import { abortRun } from '../../stores/abort-run.ts'
import { isRunId } from '../../stores/run-id.ts'
import type { StoredRun } from '../../stores/s3-dynamodb.ts'
import type { Call } from './call.ts'
import { type RunState, resumeBody, type startedRun } from './documents.ts'
import { HttpProblem } from './problem.ts'
import { countsOf, standingOf, standingOfVersion } from './run-state.ts'
import type { Tools } from './tools.ts'

type StartedRun = ReturnType<(typeof startedRun)['parse']>

/** Starts a run. What can be said of the request by itself is refused here; what needs the workspace, in the run's first stage. */
export async function startRun({ executions }: Tools, call: Call): Promise<StartedRun> {
  const input = call.json()
  const { start } = startOf(input)
  if (start.kind === 'run') {
    const { problems } = parseRequest(start.request, 'The request')
    if (problems.length > 0) throw new RequestRefused(problems)
  }
  return executions.startRun(input, call.key)
}

/** How a run stands. */
export async function showRun({ store, executions }: Tools, call: Call): Promise<RunState> {
  const run_id = runIdIn(call)
  const [stored, execution] = await Promise.all([store.run(run_id), executions.describe(run_id)])
  if (stored === undefined && execution === undefined) throw noRun(run_id)
  const ref = stored === undefined ? null : refOf(stored)
  const standing = execution === undefined ? await standingOfVersion(store, ref!) : standingOf(execution, ref)
  const counts = ref === null ? { steps: [], cost_usd: 0 } : await countsOf(store, ref)
  const { pipeline, version } = ref ?? { pipeline: null, version: null }
  const { status, error } = standing
  return { run_id, execution_arn: executions.arnOf(run_id), status, pipeline, version, ...counts, error }
}

/** Goes on with the version that a run began, as a run of its own. */
export async function resumeRun({ store, executions }: Tools, call: Call): Promise<StartedRun> {
  const { max_cost_usd } = call.body(resumeBody)
  const ref = refOf(await begunRun({ store, executions }, call))
  const state = await store.version(ref)
  const name = ref.pipeline === oneOffs ? ref.version : `${ref.pipeline} ${ref.version}`
  if (state?.metadata.status === 'completed')
    throw new HttpProblem(
      'nothing-to-resume',
      `${name} is completed, so there is nothing to resume. A rerun with failed: true asks again for what failed in it, as a new version.`,
    )
  if (state?.alive)
    throw new HttpProblem('version-busy', `${name} is being run by another process right now. Wait until it has ended.`)
  const which = ref.pipeline === oneOffs ? { pipeline: ref.version } : ref
  const resume = { ...which, ...(max_cost_usd === undefined ? {} : { max_cost_usd }) }
  const { stand_in } = await readRun(store, ref)
  return executions.startRun({ resume, ...(stand_in && { offline: true }) }, call.key)
}

/** Stops a run: no new calls are made, those under way end, and it can be resumed. */
export async function stopRun(tools: Tools, call: Call): Promise<{ run_id: string; status: 'stopping' }> {
  const run_id = runIdIn(call)
  const execution = await tools.executions.describe(run_id)
  if (execution === undefined) throw noRun(run_id)
  if (execution.status !== 'RUNNING')
    throw new HttpProblem('run-ended', `The run ${run_id} has ended already, so there is nothing to stop.`)
  await abortRun(tools, run_id)
  return { run_id, status: 'stopping' }
}

function refOf({ pipeline, version }: StoredRun): VersionRef {
  return { pipeline, version }
}

async function begunRun({ store, executions }: Pick<Tools, 'store' | 'executions'>, call: Call): Promise<StoredRun> {
  const run_id = runIdIn(call)
  const stored = await store.run(run_id)
  if (stored !== undefined) return stored
  if ((await executions.describe(run_id)) === undefined) throw noRun(run_id)
  throw new HttpProblem(
    'nothing-to-resume',
    `The run ${run_id} has begun no version, so there is nothing to go on with.`,
  )
}

function runIdIn(call: Call): string {
  const id = call.name('run_id')
  if (isRunId(id)) return id
  throw noRun(id)
}

function noRun(id: string): HttpProblem {
  return new HttpProblem('not-found', `There is no run ${id}. Expected the run_id that POST /runs answered.`)
}
