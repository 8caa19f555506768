/** Stage `open`: from what a person asks for to a version that has begun. Everything is checked before anything is paid for. */

import type { Caller, LogEntry, RunDocument } from '../documents.ts'
import { NothingToDo, RequestRefused } from '../errors.ts'
import { dollars } from '../money/budget.ts'
import { formatsText } from '../request/decide-format.ts'
import { endOfLifeWarnings } from '../request/end-of-life.ts'
import { checkLimit } from '../request/limit.ts'
import { limitResumed } from '../request/limit-resumed.ts'
import { type MonthTools, monthLimit, reserveInMonth } from '../request/month-limit.ts'
import { openingOf, parsed, resumeRequested } from '../request/opening.ts'
import { type CheckTools, check, type Opening, type Prospect } from '../request/prospect.ts'
import { AlreadyCompleted, findResumable, finishPublishing } from '../request/resume.ts'
import type { ResumeRequest, Start } from '../request/start.ts'
import { takenAs } from '../request/taken-as.ts'
import { editedIn, editsKeptText } from '../reviews/keep-edits.ts'
import type { Report } from '../run-events.ts'
import { oneOffs, type Store, type VersionRef, versionFolder } from '../store.ts'
import { localTime } from '../text/clock-text.ts'
import { checkBuildable, keepEditsAside } from '../versions/edits-check.ts'
import { baseOf, copyRun, mendRun, readRun, rewriteRun } from '../versions/version-documents.ts'
import { callerText } from '../versions/version-labels.ts'
import { beginVersion, type Opened, settle } from './begin-version.ts'

export interface OpenTools extends CheckTools {
  standIn: boolean
  report: Report
  /** Whether the run leaves its message batches with the API instead of waiting for them. */
  detach?: boolean
  /** Called when the check has found nothing wrong and before anything is written; what it throws ends the run before it began. */
  mayBegin?: (prospect: Prospect | null) => Promise<void>
}

/** Begins a run: checks the whole request, then makes a version or takes over the one that is resumed. Throws RequestRefused, NothingToDo, VersionBusy. */
export async function open(tools: OpenTools, start: Start): Promise<Opened> {
  if (start.kind === 'resume') return resume(tools, start.resume)
  const wanted = start.kind === 'run' ? parsed(start) : null
  if (wanted?.request.resume) return resume(tools, resumeRequested(wanted))
  return beginNew(tools, await openingOf(tools, start))
}

async function beginNew(tools: OpenTools, opening: Opening): Promise<Opened> {
  const { report } = tools
  const prospect = await check(tools, opening)
  for (const { warnings } of prospect.forecast.steps)
    for (const text of warnings) report({ type: 'message', level: 'warning', text })
  refuseDetach(tools, prospect.run)
  if (isNothing(prospect)) throw new NothingToDo(nothingText(prospect))
  await tools.mayBegin?.(prospect)
  if (prospect.kind === 'continue' && prospect.version !== null) {
    const { pipeline, version } = prospect
    return goOn(tools, { pipeline, version, max_cost_usd: opening.request.max_cost_usd })
  }
  await tellAhead(tools, prospect)
  await reserveForNew(tools, prospect)
  const opened = told(tools, await beginVersion(tools, { opening, prospect }))
  tellFormats(tools, prospect)
  return opened
}

function refuseDetach({ detach = false }: OpenTools, { request }: Pick<RunDocument, 'request'>): void {
  if (detach && request.delivery !== 'batch')
    throw new RequestRefused([
      'A run here ends with its command: --detach is for runs on AWS (--target aws) and for message batches (--half-price), which are answered without it. Add one of them, or leave it out.',
    ])
}

/** Reports what the inputs were taken for, and each step's answer format and the reason, which the person may not have set. */
export function tellFormats({ report }: Pick<OpenTools, 'report'>, { steps, run }: Prospect): void {
  for (const text of takenAs(run.steps)) report({ type: 'message', level: 'info', text })
  report({ type: 'message', level: 'info', text: `${formatsText(steps)}.` })
}

/** Reports on a new version before it begins: the variables of each template, and whether answers will be made up. */
export async function tellAhead(tools: Pick<OpenTools, 'store' | 'report'>, prospect: Prospect): Promise<void> {
  const { forecast, run } = prospect
  for (const [step, names] of forecast.variables)
    tools.report({ type: 'variables', step, prompt_name: run.steps[step - 1]?.prompt_name ?? '', names })
  await warnOfStandIn(tools, prospect)
}

function monthTools(tools: Pick<OpenTools, 'store' | 'provider' | 'now'>): MonthTools {
  return { ...tools, settle: (ref) => settle(tools, ref) }
}

/** What the month leaves stands in run.json from the first moment on. */
async function reserveForNew(tools: OpenTools, { pipeline, run }: Prospect): Promise<void> {
  const month = await monthLimit(monthTools(tools), run)
  if (month === null) return
  const own_usd = run.request.max_cost_usd ?? null
  run.spend_limit_usd = await reserveInMonth(monthTools(tools), month, { run_id: run.run_id, pipeline, own_usd })
  if (run.spend_limit_usd === own_usd) return
  const text = `This run may spend ${dollars(run.spend_limit_usd)}: what max_usd_per_month (${dollars(month.limit_usd)}) leaves of ${month.month}.`
  tools.report({ type: 'message', level: 'info', text })
}

function told({ report }: { report: Report }, opened: Opened): Opened {
  const { ref, run } = opened
  report({ type: 'opened', ...ref, folder: versionFolder(ref), mode: run.mode, base: run.base_version })
  return opened
}

/** An unfinished version has its end before it, even if no item is left. */
function isNothing({ kind, run, forecast }: Prospect): boolean {
  const nothing = forecast.steps.every(({ process, edit = 0 }) => process + edit === 0) && forecast.unknown.length === 0
  return nothing && kind === 'new' && run.mode !== 'initial'
}

function nothingText({ pipeline, run }: Prospect): string {
  const all = run.mode === 'incremental' ? 'every item has an answer' : 'nothing that would be sent has changed'
  return `Nothing to do: ${all} in ${run.base_version} of ${pipeline}. No version was made.`
}

/** Made-up answers are about to become the latest of a pipeline that has real ones. */
async function warnOfStandIn(
  { store, report }: Pick<OpenTools, 'store' | 'report'>,
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

/** Problems of the version are found first, so that they are reported together with a missing key. */
function resume(tools: OpenTools, wanted: ResumeRequest): Promise<Opened> {
  return goOn(tools, wanted, tools.mayBegin)
}

/** The base's answers are carried over. */
async function checkBase(store: Store, ref: VersionRef, run: RunDocument): Promise<void> {
  const base = baseOf(run, ref)
  if (base !== null && (await store.version(base)) !== undefined) await checkBuildable(store, base)
}

/** What people wrote is carried over, as it was when the version was begun. */
async function tellEdits({ store, report }: OpenTools, ref: VersionRef, run: RunDocument): Promise<void> {
  const base = baseOf(run, ref)
  if (base === null || run.mode === 'edit' || run.rerun?.replace_edits) return
  for (const text of editsKeptText({ kept: await editedIn(store, base) }))
    report({ type: 'message', level: 'info', text })
}

/** Whoever began it stands in run.json. */
function resumedBy({ now }: Pick<OpenTools, 'now'>, caller: Caller): LogEntry {
  return { time: localTime(now()), level: 'info', message: `Resumed by ${callerText(caller)}.` }
}

/** It is no part of what an answer is: no fingerprint holds it. */
function withConcurrency(run: RunDocument, max_concurrency: number): RunDocument {
  return { ...run, steps: run.steps.map((step) => ({ ...step, max_concurrency })) }
}

/** Goes on with an unfinished version in place. */
async function goOn(
  tools: OpenTools,
  { pipeline, version, max_cost_usd, max_concurrency }: ResumeRequest,
  mayBegin?: OpenTools['mayBegin'],
): Promise<Opened> {
  const { store, report, standIn, provider, startedBy } = tools
  const {
    ref,
    run: begun,
    differences,
  } = await findResumable({ store, pipeline, version, standIn }).catch(async (error) => {
    if (error instanceof AlreadyCompleted) await finishPublishing(store, error.ref)
    throw error
  })
  const run = max_concurrency === undefined ? begun : withConcurrency(begun, max_concurrency)
  if (max_cost_usd !== undefined) checkLimit(run, max_cost_usd, provider)
  refuseDetach(tools, run)
  await checkBase(store, ref, run)
  await tellEdits(tools, ref, run)
  const month = await monthLimit(monthTools(tools), run)
  await mayBegin?.(null)
  const lease = await store.lease(ref)
  try {
    await limitResumed(monthTools(tools), ref, { run, month, max_cost_usd })
  } catch (error) {
    await lease.release()
    throw error
  }
  if (startedBy) await store.log(ref, resumedBy(tools, startedBy))
  const ended = run.steps.flatMap((step) => endOfLifeWarnings(step, { provider, now: tools.now() }))
  for (const text of [...differences, ...(await keepEditsAside(store, ref)), ...ended])
    report({ type: 'message', level: 'warning', text })
  await mendRun(store, ref)
  if (run === begun) await copyRun(store, ref, run)
  else await rewriteRun(store, ref, run)
  await store.updateVersion(ref, { status: 'running' })
  return told(tools, { ref, lease, run })
}
