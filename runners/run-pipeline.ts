/** Starts runs in this process: the one way in for the command line and for programs. */

import { ulid } from 'ulid'
import type { SampleSize } from '../core/documents.ts'
import { ForeseenRun } from '../core/estimate/foreseen-prompts.ts'
import type { Conversion, Convert } from '../core/items/conversion.ts'
import type { Model } from '../core/model.ts'
import { checkLimit } from '../core/request/limit.ts'
import type { Prospect } from '../core/request/prospect.ts'
import { findResumable } from '../core/request/resume.ts'
import type { Start } from '../core/request/start.ts'
import { leftBehindText } from '../core/reviews/left-behind.ts'
import type { Progress, Report } from '../core/run-events.ts'
import { refuseWithoutBatches } from '../core/stages/half-price/refuse-without.ts'
import { type OpenTools, open, tellAhead, tellFormats } from '../core/stages/open.ts'
import { oneOffs, type Store } from '../core/store.ts'
import { monotonic, waitUnheld } from '../models/calls/monotonic.ts'
import { claude } from '../models/claude/claude.ts'
import { type Confirm, confirmProspect, type EstimateTools } from './estimate-run.ts'
import { type RunResult, runLocally } from './local.ts'
import { tellPrice } from './tell-price.ts'
import { warnOfLatest } from './warn-of-latest.ts'

export interface StartTools {
  store: Store
  model: Model
  /** Told of everything that happens. */
  report?: Report
  /** Stops softly: no new calls, those under way end; the version can be resumed. */
  signal?: AbortSignal
  /** Stops at once. */
  halt?: AbortSignal
  /** Epoch milliseconds, for timestamps. Default: Date.now. */
  now?: () => number
  /** Milliseconds for deadlines and durations. Default: of a clock that is never set. */
  monotonic?: () => number
  sleep?: (ms: number) => Promise<void>
  /** What is piped into this process, for an input_file `-`. Null, the default: nothing is. */
  stdin?: (() => AsyncIterable<Uint8Array>) | null
  /** Finds the items that a program has in memory, by what a step names as its input; null if it names something else. */
  inMemory?: (written: string) => Promise<Conversion | null>
  /** At half price: leaves when everything is sent, with RunDetached. */
  detach?: boolean
  /** Whether answers can come by message batch where the run will be. Default: whether the model can. */
  batches?: boolean
  /** The id of a new run. Default: a ULID. */
  newId?: () => string
  /** Ends after the check, with CheckedOnly: nothing is begun. */
  checkOnly?: boolean
  /** Asked before a run begins that is likely to cost more than confirm_above_usd of itemwise.yaml. */
  confirm?: Confirm
  /** Asked before a fresh run whose pipeline has edited or approved answers in its latest version. Throws if it may not begin. */
  startOver?: () => Promise<void>
  /** Told of each prompt that would be sent. */
  onPrompt?: ForeseenRun['add']
}

export interface RunChoice {
  /** The first n items only, as a one-off that is not listed. */
  first?: number
  /** Only a sample of what would be taken otherwise. */
  sample?: SampleSize | undefined
  /** What the request is called in messages. */
  where?: string
}

const never = new AbortController().signal

/** With what is usual in the place of what is not said. */
function withUsual(tools: StartTools) {
  const clocks = { now: Date.now, monotonic, sleep: waitUnheld }
  return {
    report: (_event: Progress) => {},
    signal: never,
    halt: never,
    newId: ulid,
    provider: claude,
    convert: convertedWith(tools.stdin ?? null, tools.inMemory),
    batches: tools.model.batches !== undefined,
    ...clocks,
    ...tools,
  }
}

/** What converts is loaded when the first input needs it. */
function convertedWith(
  stdin: NonNullable<StartTools['stdin']> | null,
  inMemory: StartTools['inMemory'] = async () => null,
): Convert {
  return async (store, wanted) =>
    (await inMemory(wanted.written)) ?? (await import('../formats/convert.ts')).converter(stdin)(store, wanted)
}

/** What of these tools an estimate takes. */
export function estimateTools(given: StartTools): EstimateTools {
  return withUsual(given)
}

/** What of these tools `open` takes. */
export function openTools(given: StartTools): OpenTools {
  return { ...withUsual(given), standIn: given.model.standIn }
}

/** Starts what a person asked for, whichever it is. Throws RequestRefused, NothingToDo, VersionBusy, and what a run throws. */
export async function runStart(given: StartTools, start: Start): Promise<RunResult> {
  const tools = warningOnce(withUsual(given))
  const opened = await open({ ...confirming(given, tools, start), standIn: given.model.standIn }, start)
  const result = await runLocally({ ...tools, stop: tools.signal }, opened)
  warnOfLatest(tools.report, { result, run: opened.run })
  return result
}

/**
 * Checks what is asked for as if it were begun: warns, and asks for confirmation if it is likely to cost much. Writes nothing.
 * Returns the inputs that the check converted, by step. Throws RequestRefused, NothingToDo, VersionBusy.
 */
export async function checkStart(given: StartTools, start: Start): Promise<Map<number, Conversion>> {
  const tools = withUsual(given)
  if (start.kind === 'resume') {
    const { pipeline, version, max_cost_usd } = start.resume
    const { run } = await findResumable({ ...tools, pipeline, version, standIn: given.model.standIn })
    if (max_cost_usd !== undefined) checkLimit(run, max_cost_usd, tools.provider)
    return new Map()
  }
  const { mayBegin, ...watching } = confirming(given, tools, start)
  let found = new Map<number, Conversion>()
  const endThere = async (prospect: Prospect | null) => {
    await mayBegin?.(prospect)
    found = prospect?.conversions.bySteps(prospect.run.steps) ?? found
    if (prospect?.kind === 'new') {
      await tellAhead(tools, prospect)
      tellFormats(tools, prospect)
    }
    throw new CheckedOnly()
  }
  try {
    await open({ ...watching, standIn: given.model.standIn, mayBegin: endThere }, start)
  } catch (error) {
    if (!(error instanceof CheckedOnly)) throw error
  }
  return found
}

/** Lets a run begin when it is confirmed, and never if only the check is wanted. */
function confirming<T extends ReturnType<typeof withUsual>>(
  { confirm, startOver, checkOnly, batches }: StartTools,
  tools: T,
  start: Start,
): T & Pick<OpenTools, 'mayBegin' | 'onPrompt'> {
  const prompts = new ForeseenRun(claude)
  const mayBegin = async (prospect: Prospect | null) => {
    if (checkOnly) throw new CheckedOnly()
    if (prospect !== null) await tellLeftBehind(tools, prospect, startOver)
    if (prospect !== null && start.kind === 'apply') await tellPrice(tools, prospect, prompts)
    // Where the run will be somewhere else, its own address counts.
    if (prospect?.run.request.delivery === 'batch' && batches === undefined)
      await refuseWithoutBatches(tools.model, tools.halt)
    if (prospect !== null && confirm !== undefined) await confirmProspect({ ...tools, confirm }, prospect, prompts)
  }
  const watches = confirm !== undefined || start.kind === 'apply'
  return { ...tools, mayBegin, ...(watches && { onPrompt: prompts.add }) }
}

async function tellLeftBehind(
  { store, report }: Pick<ReturnType<typeof withUsual>, 'store' | 'report'>,
  { run, kind, pipeline }: Prospect,
  startOver: StartTools['startOver'],
): Promise<void> {
  if (run.mode !== 'initial' || kind !== 'new' || pipeline === oneOffs) return
  const text = await leftBehindText(store, pipeline)
  if (text === null) return
  report({ type: 'message', level: 'warning', text })
  await startOver?.()
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

/** The check found nothing wrong, and more was not wanted. */
class CheckedOnly extends Error {
  override readonly name = 'CheckedOnly'
}
