/** The routes below /runs: start one, see how it stands, resume it, stop it. */

import type * as z from 'zod'
import { RequestRefused } from '../core/errors.ts'
import { parseRequest } from '../core/request/parse-request.ts'
import { startOf } from '../core/request/start-input.ts'
import { oneOffs, type VersionRef, type VersionState } from '../core/store.ts'
import { readRun } from '../core/versions/version-documents.ts'
import type { Call } from './call.ts'
import { type RunState, resumeBody, type runPage, runStates, type StartedRun, type StoppingRun } from './documents.ts'
import { nextToken, wantedPage } from './page.ts'
import { type Ports, runsPrefix } from './ports.ts'
import { HttpProblem } from './problem.ts'

/** Starts a run. What can be said of the request by itself is refused here; what needs the workspace, in the run's first stage. */
export async function startRun({ runs }: Ports, call: Call): Promise<StartedRun> {
  const input = await call.json()
  const { start } = startOf(input)
  if (start.kind === 'run') {
    const { problems } = parseRequest(start.request, 'The request')
    if (problems.length > 0) throw new RequestRefused(problems)
  }
  return runs.start(input, { key: call.key, by: call.caller })
}

/** The runs, newest first. */
export async function listRuns({ runs }: Ports, call: Call): Promise<z.infer<typeof runPage>> {
  const wanted = {
    ...wantedPage(call, runsPrefix),
    pipeline: call.named('pipeline'),
    status: call.oneOf('status', runStates),
  }
  const { found, last } = await runs.list(wanted)
  return { runs: found, next: nextToken(last) }
}

/** How a run stands. */
export async function showRun({ runs }: Ports, call: Call): Promise<RunState> {
  const run_id = call.name('run_id')
  return (await runs.describe(run_id)) ?? noRun(run_id)
}

/** Resumes the version that a run began, as a run of its own. */
export async function resumeRun({ store, runs }: Ports, call: Call): Promise<StartedRun> {
  const said = await call.body(resumeBody)
  const run_id = call.name('run_id')
  const begun = await runs.begun(run_id)
  const ref = begun === undefined ? noRun(run_id) : (begun ?? nothingBegun(run_id))
  const which = ref.pipeline === oneOffs ? { pipeline: ref.version } : ref
  const resume = { ...which, ...said }
  const { stand_in } = await readRun(store, ref)
  const input = { resume, ...(stand_in && { offline: true }) }
  const { key } = call
  // Sent again, because the answer was lost: the version is busy or completed by now through that very run.
  const before = key === undefined ? undefined : await runs.startedBefore(input, key)
  if (before !== undefined) return before
  refuseUnresumable(ref, await store.version(ref))
  return runs.start(input, { key, by: call.caller })
}

function refuseUnresumable(ref: VersionRef, state: VersionState | undefined): void {
  const name = ref.pipeline === oneOffs ? ref.version : `${ref.pipeline} ${ref.version}`
  if (state?.metadata.status === 'completed')
    throw new HttpProblem(
      'nothing-to-resume',
      `${name} is completed, so there is nothing to resume. A rerun with failed: true asks again for what failed in it, as a new version.`,
    )
  if (state?.alive)
    throw new HttpProblem('version-busy', `${name} is being run by another process right now. Wait until it has ended.`)
}

/** Stops a run: no new calls are made, those under way end, and it can be resumed. */
export async function stopRun({ runs }: Ports, call: Call): Promise<StoppingRun> {
  const run_id = call.name('run_id')
  const stopping = (await runs.abort(run_id)) ?? noRun(run_id)
  if (!stopping) throw new HttpProblem('run-ended', `The run ${run_id} has ended already, so there is nothing to stop.`)
  return { run_id, status: 'stopping' }
}

function nothingBegun(id: string): never {
  throw new HttpProblem('nothing-to-resume', `The run ${id} has begun no version, so there is nothing to resume.`)
}

/** Throws HttpProblem. */
export function noRun(id: string): never {
  throw new HttpProblem('not-found', `There is no run ${id}. Expected the run_id that POST /runs answered.`)
}
