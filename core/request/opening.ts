/** From what a person asks for to what the check of a run takes. */

import { RequestRefused } from '../errors.ts'
import type { RunRequest, WorkspaceSettings } from '../request.ts'
import type { Store } from '../store.ts'
import { someOf } from '../text/nearest.ts'
import { readRun } from '../versions/version-documents.ts'
import { fullPipelineName, knownPipeline, knownVersion } from '../versions/versions.ts'
import { parseRequest } from './parse-request.ts'
import { type CheckTools, check, type Opening, type Prospect } from './prospect.ts'
import type { ApplyRequest, RerunRequest, ResumeRequest, RunStart, Start } from './start.ts'

/** The check of a run or a rerun: what it would do. Writes nothing. Throws RequestRefused. */
export async function prospectOf(
  tools: CheckTools & { standIn: boolean },
  start: Exclude<Start, { kind: 'resume' }>,
): Promise<Prospect> {
  return check(tools, await openingOf(tools, start))
}

export async function openingOf(
  tools: CheckTools & { standIn: boolean },
  start: Exclude<Start, { kind: 'resume' }>,
): Promise<Opening> {
  if (start.kind === 'rerun') return rerunOpening(tools, start.rerun)
  return start.kind === 'apply' ? applyOpening(tools, start.apply) : runOpening(tools, start)
}

type Parsed = ReturnType<typeof parseRequest> & { request: RunRequest }

/** What is wrong with the request's shape is refused together with what else is found. */
export function parsed({ request: value, where = 'The request' }: RunStart): Parsed {
  const { request, problems } = parseRequest(value, where)
  if (request === undefined) throw new RequestRefused(problems)
  return { request, problems }
}

function runOpening({ standIn }: { standIn: boolean }, start: RunStart): Opening {
  const { request, problems } = parsed(start)
  const ids = request.rerun_items && filteredIds(request.rerun_items.map(String), request)
  // The first step's expression narrows the ids that are named, as it does in `itemwise rerun`.
  const where = request.steps[0]?.batch_where
  const of = { failed: false, changed: false, flagged: false, unreviewed: false }
  const no = { ...of, keep_approved: false, replace_edits: false, suggest: false }
  const rerun = ids === undefined ? null : { ids, ...no, base: 'latest', where }
  const { first = null, one_off: oneOff, sample, inputs } = start
  return { request, problems, rerun, first, oneOff, sample, standIn, inputs }
}

/** The ids that the filters of the first step leave. Throws RequestRefused if they leave none. */
function filteredIds(ids: string[], { steps: [first] }: RunRequest): string[] {
  const only = first?.batch_only_items?.map(String)
  const skip = (first?.batch_skip_items ?? []).map(String)
  const left = ids.filter((id) => (only?.includes(id) ?? true) && !skip.includes(id))
  if (left.length > 0) return left
  const filter = only === undefined ? 'batch_skip_items (--skip)' : 'batch_only_items (--only)'
  throw new RequestRefused([
    `rerun_items names ${someOf(ids)}, but ${filter} of step 1 leaves none of them. Correct one of the two, or leave it out.`,
  ])
}

/** What a rerun begins with: the base's request, today's templates. Throws RequestRefused. */
async function rerunOpening(
  { store, standIn }: { store: Store; standIn: boolean },
  wanted: RerunRequest,
): Promise<Opening> {
  const { request, base, workspace } = await onBase(store, wanted)
  const { ids, failed, changed, where, step } = wanted
  const { flagged = false, unreviewed = false, keep_approved = false } = wanted
  const { replace_edits = false, suggest = false } = wanted
  return {
    request,
    rerun: { ids, failed, changed, flagged, unreviewed, keep_approved, replace_edits, suggest, base, where, step },
    workspace,
    first: null,
    sample: wanted.sample,
    standIn,
    inputs: wanted.inputs,
  }
}

async function applyOpening(
  { store, standIn }: { store: Store; standIn: boolean },
  wanted: ApplyRequest,
): Promise<Opening> {
  const { request, base, workspace } = await onBase(store, wanted)
  const { stale, later_steps } = wanted
  return { request, rerun: null, apply: { base, stale, later_steps }, workspace, first: null, standIn }
}

/** The request of a base as a version that is built on it takes it over. */
async function onBase(
  store: Store,
  wanted: Pick<RerunRequest, 'pipeline' | 'base' | 'status' | 'notes' | 'change'>,
): Promise<{ base: string; request: RunRequest; workspace: WorkspaceSettings }> {
  const pipeline = await knownPipeline(store, wanted.pipeline)
  const base = await knownVersion(store, pipeline, wanted.base)
  const run = await readRun(store, { pipeline, version: base })
  const { rerun_items: _ids, resume: _resume, notes: _notes, pipeline_status: _status, ...asked } = run.request
  // A few items are wanted at once, however the base was asked.
  const { delivery: _delivery, deadline: _deadline, after_deadline: _after, ...request } = asked
  const { status, notes } = wanted
  const labelled: RunRequest = {
    ...request,
    ...(status === undefined ? {} : { pipeline_status: status }),
    ...(notes === undefined ? {} : { notes }),
  }
  return { base, request: wanted.change?.(labelled) ?? labelled, workspace: run.workspace }
}

export function resumeRequested({ request, problems }: Parsed): ResumeRequest {
  if (problems.length > 0) throw new RequestRefused(problems)
  const { pipeline_name, module_number, path_letter, resume } = request
  if (pipeline_name === undefined)
    throw new RequestRefused([
      'resume needs a pipeline_name. A one-off run is resumed by its id: `itemwise resume <id>`.',
    ])
  const pipeline = fullPipelineName({ pipeline_name, module_number, path_letter })
  const version = typeof resume === 'string' ? resume : undefined
  return { pipeline, version, max_cost_usd: request.max_cost_usd }
}
