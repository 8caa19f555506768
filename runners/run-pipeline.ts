/** Starts runs: the one way in for the command line and for programs. */
import { ulid } from 'ulid'
import type { Rerun } from '../core/choose-base.ts'
import { NothingToDo, RequestRefused } from '../core/errors.ts'
import { type Estimate, unpricedText } from '../core/estimate.ts'
import { ForeseenRun } from '../core/foreseen-prompts.ts'
import { checkLimit, setLimit } from '../core/limit.ts'
import type { Model } from '../core/model.ts'
import { check, type Opening, open, type Prospect } from '../core/open.ts'
import { parseRequest } from '../core/parse-request.ts'
import type { Progress, Report } from '../core/progress.ts'
import type { RunRequest } from '../core/request.ts'
import { findResumable, type Resumable } from '../core/resume.ts'
import { oneOffs, type Store, versionFolder } from '../core/store.ts'
import { readRun } from '../core/version-documents.ts'
import { fullPipelineName, knownPipeline, knownVersion } from '../core/versions.ts'
import { type Confirm, confirmProspect, estimateProspect } from './estimate-run.ts'
import { type RunResult, runLocally } from './local.ts'

export interface StartTools {
  store: Store
  model: Model
  /** Told of everything that happens. */
  report?: Report
  /** Stops softly: no new calls, those under way end; the version can be resumed. */
  signal?: AbortSignal
  /** Stops at once. */
  halt?: AbortSignal
  now?: () => number
  /** Ends after the check, with CheckedOnly: nothing is begun. */
  checkOnly?: boolean
  /** Asked before a run begins that is likely to cost more than confirm_above_usd of itemwise.yaml. */
  confirm?: Confirm
  /** Told of each prompt that would be sent. */
  onPrompt?: ForeseenRun['add']
}

export interface RunChoice {
  /** The first n items only, as a one-off that is not listed. */
  first?: number
  /** What the request is called in messages. */
  where?: string
}

const never = new AbortController().signal

function full(tools: StartTools) {
  return { report: (_event: Progress) => {}, signal: never, halt: never, now: Date.now, newId: ulid, ...tools }
}

/** Checks a run request and says what it would do. Writes nothing. Throws RequestRefused. */
export async function checkRequest(tools: StartTools, request: unknown, choice: RunChoice = {}): Promise<Prospect> {
  return check(full(tools), openingOf(tools, parsed(request, choice.where), choice))
}

/** A check together with what the run will take. */
export interface Estimated {
  prospect: Prospect
  estimate: Estimate
}

/** Estimates a run request. Writes nothing. Throws RequestRefused, also for a model without a known price. */
export async function estimateRequest(given: StartTools, request: unknown, choice: RunChoice = {}): Promise<Estimated> {
  const prompts = new ForeseenRun()
  const prospect = await checkRequest({ ...given, onPrompt: prompts.add }, request, choice)
  return { prospect, estimate: await estimateProspect(full(given), prospect, prompts) }
}

/** What a dry run shows. */
export interface DryRun {
  prospect: Prospect
  /** Null where nothing is paid for or a price is not known. */
  estimate: Estimate | null
}

/** Says what a run request would do. Writes nothing. Throws RequestRefused. */
export function dryRunRequest(tools: StartTools, request: unknown, choice: RunChoice = {}): Promise<DryRun> {
  return dryRun(tools, (watching) => checkRequest(watching, request, choice))
}

async function dryRun(given: StartTools, check: (tools: StartTools) => Promise<Prospect>): Promise<DryRun> {
  const prompts = new ForeseenRun()
  const prospect = await check({ ...given, onPrompt: prompts.add })
  if (prospect.run.stand_in || unpricedText(prospect) !== undefined) return { prospect, estimate: null }
  return { prospect, estimate: await estimateProspect(full(given), prospect, prompts) }
}

/** Runs a request to its end, or goes on with an unfinished version where the request says so. */
export async function runRequest(tools: StartTools, request: unknown, choice: RunChoice = {}): Promise<RunResult> {
  const wanted = parsed(request, choice.where)
  const { resume } = wanted.request
  if (resume !== undefined && resume !== false) return resumeRequested(tools, wanted)
  return begin(tools, openingOf(tools, wanted, choice))
}

type Parsed = ReturnType<typeof parseRequest> & { request: RunRequest }

/** What is wrong with the request's shape is refused together with what else is found. */
function parsed(value: unknown, where = 'The request'): Parsed {
  const { request, problems } = parseRequest(value, where)
  if (request === undefined) throw new RequestRefused(problems)
  return { request, problems }
}

function openingOf(
  { model }: StartTools,
  { request, problems }: Parsed,
  { first = null }: { first?: number | null },
): Opening {
  const ids = request.rerun_items?.map(String)
  const rerun = ids === undefined ? null : { ids, failed: false, changed: false, base: 'latest' }
  return { request, problems, rerun, first, standIn: model.standIn }
}

async function resumeRequested(tools: StartTools, { request, problems }: Parsed): Promise<RunResult> {
  if (problems.length > 0) throw new RequestRefused(problems)
  const { pipeline_name, module_number, path_letter, resume } = request
  if (pipeline_name === undefined)
    throw new RequestRefused([
      'resume needs a pipeline_name. A one-off run is resumed by its id: `itemwise resume <id>`.',
    ])
  const pipeline = fullPipelineName({ pipeline_name, module_number, path_letter })
  const version = typeof resume === 'string' ? resume : undefined
  return resumeVersion(tools, { pipeline, version, max_cost_usd: request.max_cost_usd })
}

export interface RerunRequest extends Rerun {
  pipeline: string
  status?: string
  notes?: string
  /** Changes to the base's request: the model and the like. */
  change?: (request: RunRequest) => RunRequest
}

/** What a rerun begins with: the base's request, today's templates. Throws RequestRefused. */
async function rerunOpening({ store, model }: StartTools, wanted: RerunRequest): Promise<Opening> {
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
    standIn: model.standIn,
  }
}

export async function checkRerun(tools: StartTools, wanted: RerunRequest): Promise<Prospect> {
  return check(full(tools), await rerunOpening(tools, wanted))
}

/** Says what a rerun would do. Writes nothing. Throws RequestRefused. */
export function dryRunRerun(tools: StartTools, wanted: RerunRequest): Promise<DryRun> {
  return dryRun(tools, (watching) => checkRerun(watching, wanted))
}

/** Runs the chosen items again, as a new whole version on a base. */
export async function rerunVersion(tools: StartTools, wanted: RerunRequest): Promise<RunResult> {
  return begin(tools, await rerunOpening(tools, wanted))
}

async function begin(given: StartTools, opening: Opening): Promise<RunResult> {
  const tools = warningOnce(full(given))
  const { confirm } = given
  const prompts = new ForeseenRun()
  const prospect = await check({ ...tools, onPrompt: confirm && prompts.add }, opening)
  if (given.checkOnly) throw new CheckedOnly()
  for (const { warnings } of prospect.forecast.steps)
    for (const text of warnings) tools.report({ type: 'message', level: 'warning', text })
  if (isNothing(prospect)) throw new NothingToDo(nothingText(prospect))
  if (confirm !== undefined) await confirmProspect({ ...tools, confirm }, prospect, prompts)
  if (prospect.kind === 'continue' && prospect.version !== null) {
    const { pipeline, version } = prospect
    return resumeVersion(given, { pipeline, version, max_cost_usd: opening.request.max_cost_usd })
  }
  for (const [step, names] of prospect.forecast.variables) {
    tools.report({ type: 'variables', step, prompt_name: prospect.run.steps[step - 1]?.prompt_name ?? '', names })
  }
  await warnOfStandIn(tools, prospect)
  const opened = await open(tools, { opening, prospect })
  tools.report({
    type: 'opened',
    ...opened.ref,
    folder: versionFolder(opened.ref),
    mode: opened.run.mode,
    base: opened.run.base_version,
  })
  const result = await runLocally({ ...tools, stop: tools.signal }, opened)
  warnOfParts(tools, { result, prospect })
  return result
}

/** What a plan warns of was mostly foreseen, and said before the first call. */
function warningOnce<T extends { report: Report }>(tools: T): T {
  const said = new Set<string>()
  const report: Report = (event) => {
    if (event.type === 'message' && said.has(event.text)) return
    if (event.type === 'message') said.add(event.text)
    tools.report(event)
  }
  return { ...tools, report }
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
  { store, report }: { store: Store; report: Report },
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

/** A filter makes a version of a part, and `latest` holds that part now. */
function warnOfParts(
  { report }: { report: Report },
  { result, prospect }: { result: RunResult; prospect: Prospect },
): void {
  const { items, skipped } = result.stats
  if (prospect.run.mode !== 'initial' || skipped === 0 || result.pipeline === oneOffs) return
  report({
    type: 'message',
    level: 'warning',
    text: `latest now holds ${items - skipped} of ${items}; use \`rerun\` to replace within the whole`,
  })
}

export interface ResumeRequest {
  /** A pipeline, or the id of a one-off run. */
  pipeline: string
  /** Default: the newest unfinished version. */
  version?: string | undefined
  /** The version's limit from now on, null for none. Default: the one it has. */
  max_cost_usd?: number | null | undefined
}

/** Goes on with an unfinished version in place. Throws RequestRefused, VersionBusy. */
export async function resumeVersion(given: StartTools, wanted: ResumeRequest): Promise<RunResult> {
  const { pipeline, version, max_cost_usd } = wanted
  const tools = full(given)
  const { store, report } = tools
  if (given.checkOnly) throw new CheckedOnly()
  const found: Resumable = await findResumable({ store, pipeline, version, standIn: given.model.standIn })
  if (max_cost_usd !== undefined) checkLimit(found.run, max_cost_usd)
  const lease = await store.lease(found.ref)
  if (max_cost_usd !== undefined) await setLimit(store, found.ref, { run: found.run, max_cost_usd })
  for (const text of found.differences) report({ type: 'message', level: 'warning', text })
  await store.updateVersion(found.ref, { status: 'running' })
  const { ref, run } = found
  report({ type: 'opened', ...ref, folder: versionFolder(ref), mode: run.mode, base: run.base_version })
  return runLocally({ ...tools, stop: tools.signal }, { ref, lease, run })
}

/** The check found nothing wrong, and more was not wanted. */
class CheckedOnly extends Error {
  override readonly name = 'CheckedOnly'
}
