/** From what a person asks for to a version that has begun: a new run, a rerun, or one that is gone on with. */
import type { Rerun } from './choose-base.ts'
import { formatsText } from './decide-format.ts'
import type { RunDocument } from './documents.ts'
import { checkBuildable, keepEditsAside } from './edits-check.ts'
import { NothingToDo, RequestRefused } from './errors.ts'
import { checkLimit, setLimit } from './limit.ts'
import { check, type Opened, type Opening, type OpenTools, open, type Prospect } from './open.ts'
import { parseRequest } from './parse-request.ts'
import type { Report } from './progress.ts'
import type { RunRequest } from './request.ts'
import { findResumable } from './resume.ts'
import { oneOffs, type Store, type VersionRef, versionFolder } from './store.ts'
import { baseOf, copyRun, mendRun, readRun } from './version-documents.ts'
import { fullPipelineName, knownPipeline, knownVersion } from './versions.ts'

export interface RunStart {
  kind: 'run'
  /** A run request, not yet checked. */
  request: unknown
  /** What the request is called in messages. Default: The request. */
  where?: string | undefined
  /** The first n items only, as a one-off that is not listed. */
  first?: number | undefined
}

export interface RerunRequest extends Rerun {
  pipeline: string
  status?: string
  notes?: string
  /** Changes to the base's request: the model and the like. */
  change?: (request: RunRequest) => RunRequest
}

export interface ResumeRequest {
  /** A pipeline, or the id of a one-off run. */
  pipeline: string
  /** Default: the newest unfinished version. */
  version?: string | undefined
  /** The version's limit from now on, null for none. Default: the one it has. */
  max_cost_usd?: number | null | undefined
}

/** What a person asks for. */
export type Start = RunStart | { kind: 'rerun'; rerun: RerunRequest } | { kind: 'resume'; resume: ResumeRequest }

export interface BeginTools extends OpenTools {
  standIn: boolean
  report: Report
  /** Called when the check has found nothing wrong and before anything is written; what it throws ends the run before it began. */
  mayBegin?: (prospect: Prospect | null) => Promise<void>
}

/** Begins what is asked for. Throws RequestRefused, NothingToDo, VersionBusy. */
export async function begin(tools: BeginTools, start: Start): Promise<Opened> {
  if (start.kind === 'resume') return resume(tools, start.resume)
  const wanted = start.kind === 'run' ? parsed(start) : null
  if (wanted?.request.resume) return resume(tools, resumeRequested(wanted))
  return beginNew(tools, await openingOf(tools, start))
}

/** The check of a run or a rerun: what it would do. Writes nothing. Throws RequestRefused. */
export async function prospectOf(
  tools: OpenTools & { standIn: boolean },
  start: Exclude<Start, { kind: 'resume' }>,
): Promise<Prospect> {
  return check(tools, await openingOf(tools, start))
}

async function openingOf(
  tools: OpenTools & { standIn: boolean },
  start: Exclude<Start, { kind: 'resume' }>,
): Promise<Opening> {
  return start.kind === 'rerun' ? rerunOpening(tools, start.rerun) : runOpening(tools, start)
}

type Parsed = ReturnType<typeof parseRequest> & { request: RunRequest }

/** What is wrong with the request's shape is refused together with what else is found. */
function parsed({ request: value, where = 'The request' }: RunStart): Parsed {
  const { request, problems } = parseRequest(value, where)
  if (request === undefined) throw new RequestRefused(problems)
  return { request, problems }
}

function runOpening({ standIn }: { standIn: boolean }, start: RunStart): Opening {
  const { request, problems } = parsed(start)
  const ids = request.rerun_items?.map(String)
  const rerun = ids === undefined ? null : { ids, failed: false, changed: false, base: 'latest' }
  return { request, problems, rerun, first: start.first ?? null, standIn }
}

/** What a rerun begins with: the base's request, today's templates. Throws RequestRefused. */
async function rerunOpening(
  { store, standIn }: { store: Store; standIn: boolean },
  wanted: RerunRequest,
): Promise<Opening> {
  const pipeline = await knownPipeline(store, wanted.pipeline)
  const base = await knownVersion(store, pipeline, wanted.base)
  const run = await readRun(store, { pipeline, version: base })
  const { rerun_items: _ids, resume: _resume, notes: _notes, pipeline_status: _status, ...request } = run.request
  const { ids, failed, changed, status, notes } = wanted
  const labelled: RunRequest = {
    ...request,
    ...(status === undefined ? {} : { pipeline_status: status }),
    ...(notes === undefined ? {} : { notes }),
  }
  return {
    request: wanted.change?.(labelled) ?? labelled,
    rerun: { ids, failed, changed, base },
    workspace: run.workspace,
    first: null,
    standIn,
  }
}

function resumeRequested({ request, problems }: Parsed): ResumeRequest {
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

async function beginNew(tools: BeginTools, opening: Opening): Promise<Opened> {
  const { report } = tools
  const prospect = await check(tools, opening)
  for (const { warnings } of prospect.forecast.steps)
    for (const text of warnings) report({ type: 'message', level: 'warning', text })
  if (isNothing(prospect)) throw new NothingToDo(nothingText(prospect))
  await tools.mayBegin?.(prospect)
  if (prospect.kind === 'continue' && prospect.version !== null) {
    const { pipeline, version } = prospect
    return goOn(tools, { pipeline, version, max_cost_usd: opening.request.max_cost_usd })
  }
  await tellAhead(tools, prospect)
  const opened = told(tools, await open(tools, { opening, prospect }))
  tellFormats(tools, prospect)
  return opened
}

/** Says in which format each step answers, and why: what a person may not have said. */
export function tellFormats({ report }: Pick<BeginTools, 'report'>, { steps }: Prospect): void {
  report({ type: 'message', level: 'info', text: `${formatsText(steps)}.` })
}

/** What is told of a new version before it begins: which variables each template takes, and whether answers will be made up. */
export async function tellAhead(tools: Pick<BeginTools, 'store' | 'report'>, prospect: Prospect): Promise<void> {
  const { forecast, run } = prospect
  for (const [step, names] of forecast.variables)
    tools.report({ type: 'variables', step, prompt_name: run.steps[step - 1]?.prompt_name ?? '', names })
  await warnOfStandIn(tools, prospect)
}

function told({ report }: { report: Report }, opened: Opened): Opened {
  const { ref, run } = opened
  report({ type: 'opened', ...ref, folder: versionFolder(ref), mode: run.mode, base: run.base_version })
  return opened
}

/** An unfinished version has its end before it, even where no item is left. */
function isNothing({ kind, run, forecast }: Prospect): boolean {
  const nothing = forecast.steps.every(({ process }) => process === 0) && forecast.unknown.length === 0
  return nothing && kind === 'new' && run.mode !== 'initial'
}

function nothingText({ pipeline, run }: Prospect): string {
  const all = run.mode === 'incremental' ? 'every item has an answer' : 'nothing that would be sent has changed'
  return `Nothing to do: ${all} in ${run.base_version} of ${pipeline}. No version was made.`
}

/** Made-up answers are about to become the latest of a pipeline that has real ones. */
async function warnOfStandIn(
  { store, report }: Pick<BeginTools, 'store' | 'report'>,
  { pipeline, run }: Prospect,
): Promise<void> {
  const latest = run.stand_in && pipeline !== oneOffs ? await store.latest(pipeline) : undefined
  if (latest === undefined || (await readRun(store, { pipeline, version: latest })).stand_in) return
  report({
    type: 'message',
    level: 'warning',
    text: `latest will point to made-up answers; ${latest} has real ones. \`--first\` tries things out without moving latest.`,
  })
}

/** What is wrong with the version is found before anything else is asked: it is told in the same go as a key that is missing. */
function resume(tools: BeginTools, wanted: ResumeRequest): Promise<Opened> {
  return goOn(tools, wanted, tools.mayBegin)
}

/** The base's answers are carried over. */
async function checkBase(store: Store, ref: VersionRef, run: RunDocument): Promise<void> {
  const base = baseOf(run, ref)
  if (base !== null && (await store.version(base)) !== undefined) await checkBuildable(store, base)
}

/** Goes on with an unfinished version in place. */
async function goOn(
  tools: BeginTools,
  { pipeline, version, max_cost_usd }: ResumeRequest,
  mayBegin?: BeginTools['mayBegin'],
): Promise<Opened> {
  const { store, report, standIn } = tools
  const { ref, run, differences } = await findResumable({ store, pipeline, version, standIn })
  if (max_cost_usd !== undefined) checkLimit(run, max_cost_usd)
  await checkBase(store, ref, run)
  await mayBegin?.(null)
  const lease = await store.lease(ref)
  if (max_cost_usd !== undefined) await setLimit(store, ref, { run, max_cost_usd })
  for (const text of [...differences, ...(await keepEditsAside(store, ref))])
    report({ type: 'message', level: 'warning', text })
  await mendRun(store, ref)
  await copyRun(store, ref, run)
  await store.updateVersion(ref, { status: 'running' })
  return told(tools, { ref, lease, run })
}
