/** Stage `process`: asks the model for each planned item of a chunk that is not kept yet, and keeps each answer the moment it arrives. */

import { isTextOutput } from '../answer-format.ts'
import { type Asked, type Asking, askFor, spentWithoutReply } from '../answers/ask.ts'
import { settledBefore, unjudgedBefore } from '../answers/found-before.ts'
import { judgeOf, withIds } from '../answers/judge.ts'
import { inParallel } from '../answers/pool.ts'
import { WarmUp } from '../answers/warm-up.ts'
import type { Chunk, LedgerLine, PlanLine, ResolvedStep, RunDocument } from '../documents.ts'
import { type ItemFailed, type ModelUnavailable, RunFailed } from '../errors.ts'
import { interruption } from '../interruption.ts'
import type { Model, Outage } from '../model.ts'
import { openBudget } from '../money/budget.ts'
import { CacheWatch } from '../money/cache-watch.ts'
import { worthCachingIn } from '../money/caching.ts'
import { spendingOf } from '../money/spending.ts'
import type { Report } from '../progress.ts'
import { defaults } from '../request/settings.ts'
import {
  type Keeper,
  type KeptItem,
  type KeptItems,
  type RawReply,
  type Store,
  stepFiles,
  type VersionRef,
} from '../store.ts'
import { type Prepared, prepare } from '../templates/prepare-item.ts'
import type { Template } from '../templates/template.ts'
import { localTime } from '../text/clock-text.ts'
import { jsonText } from '../text/json.ts'
import { bareLine } from '../versions/ledger.ts'
import { planItems } from '../versions/planned-items.ts'
import { readRun, readTemplate, stepOf } from '../versions/version-documents.ts'

export interface ProcessTools {
  store: Store
  model: Model
  /** Epoch milliseconds, for timestamps. */
  now: () => number
  /** Milliseconds of a clock that is never set, for deadlines: `performance.timeOrigin + performance.now()`. */
  monotonic: () => number
  sleep: (ms: number) => Promise<void>
  report: Report
  /** Aborted: no new calls, those under way end. */
  stop: AbortSignal
  /** Aborted: calls under way end too. */
  halt: AbortSignal
  /** Told at once what ends the chunk, while calls under way finish: other chunks need not begin anything new. */
  ends?: (error: unknown) => void
}

export interface ProcessOptions {
  step: number
  chunk: Chunk
  /** Most calls at once, if other chunks share the step's limit. Default: the step's limit. */
  concurrency?: number
  /** Longest time for one answer here, in milliseconds, if it is shorter than the workspace's. */
  longestAnswerMs?: number
  /** True if other chunks have warmed the cached prefix already: no item has to go alone first. */
  warm?: boolean
  /** Epoch milliseconds at which an outage began that an earlier call for this chunk saw. */
  outageSince?: number | undefined
}

/** Items that got an answer, or a failure, those whose answer was kept already included. */
export interface Processed {
  answered: number
  failed: number
}

interface Work extends ProcessTools {
  ref: VersionRef
  run: RunDocument
  step: ResolvedStep
  template: Template
  keeper: Keeper
  kept: KeptItems
  judge: Awaited<ReturnType<typeof judgeOf>>
  worthCaching: (sharedCharacters: number) => boolean
  warmUp: WarmUp<Asked>
  cacheWatch: CacheWatch
  outage: Asking['outage']
  attempts: Asking['attempts']
  timeout_ms: number
}

/**
 * Works on one chunk of a step. Throws RunInterrupted after a stop, ModelUnavailable, StoreUnwritable, BudgetReached,
 * or RunFailed if the step stops on errors and an item failed.
 */
export async function process(tools: ProcessTools, ref: VersionRef, options: ProcessOptions): Promise<Processed> {
  const { step: number, chunk, concurrency, longestAnswerMs = Number.POSITIVE_INFINITY } = options
  const { store } = tools
  const run = await readRun(store, ref)
  const step = stepOf(run, number)
  const template = await readTemplate(store, ref, step)
  const judge = await judgeOf(step)
  // The keeper first: it finds again what a killed process kept.
  const keeper = await store.keeper(ref, number, chunk)
  const kept = await store.kept(ref, number)
  // The stand-in costs nothing.
  const budget = tools.model.standIn ? null : await openBudget(store, run, { ref, stop: tools.stop, halt: tools.halt })
  const work: Work = {
    ...tools,
    ref,
    run,
    step,
    template,
    keeper,
    kept,
    judge,
    timeout_ms: Math.min(timeoutOf(run), longestAnswerMs),
    ...cachingOf(tools, step, options),
    outage: outageOf(tools, ref, { run, step, options }),
    attempts: budget && ((question) => budget.attempts(question)),
  }
  const done: Processed = { answered: 0, failed: 0 }
  let stopper: RunFailed | null = null
  try {
    const stopped = () => tools.stop.aborted || tools.halt.aborted || stopper !== null
    await inParallel(
      toProcess(store, ref, { step, chunk }),
      { concurrency: concurrency ?? step.max_concurrency, stopped },
      async (line) => {
        const item = await telling(tools, processItem(work, line))
        if (item.line.state === 'answered') done.answered += 1
        else done.failed += 1
        if (item.line.state === 'answered' || !step.stop_on_error || stopper !== null) return
        stopper = stoppedBy(item, step)
        tools.ends?.(stopper)
      },
    )
  } finally {
    await Promise.all([keeper.close(), kept.close(), budget?.close()])
  }
  if (tools.halt.aborted) throw tools.halt.reason
  // Before the stop, which may have come of it.
  throwIfAny(stopper)
  if (tools.stop.aborted) throw interruption(tools.stop)
  return done
}

async function telling<T>({ ends }: Pick<ProcessTools, 'ends'>, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    ends?.(error)
    throw error
  }
}

/** A single item has none to share with. */
function cachingOf(
  { sleep }: ProcessTools,
  step: ResolvedStep,
  { chunk, warm = false, concurrency = step.max_concurrency }: ProcessOptions,
): Pick<Work, 'worthCaching' | 'warmUp' | 'cacheWatch'> {
  return {
    worthCaching: warm || chunk.process > 1 ? worthCachingIn(step) : () => false,
    warmUp: new WarmUp({ warm, sleep }, ({ spent }) => spent.model !== null),
    cacheWatch: new CacheWatch({ concurrency }),
  }
}

/** Waits for the end of an API outage, reports it and logs it. */
function outageOf(
  { store, stop, report, now }: ProcessTools,
  ref: VersionRef,
  { run, step: { step }, options: { outageSince } }: { run: RunDocument; step: ResolvedStep; options: ProcessOptions },
): Asking['outage'] {
  let isLogged = false
  const note = (level: 'info' | 'warning', message: string) =>
    // The run continues without the log line: the next answer will report a full disk.
    void store.log(ref, { time: localTime(now()), level, message, step }).catch(() => {})
  const onOutage = (outage: Outage | null) => {
    if (outage === null) report({ type: 'went_on', step })
    else report({ type: 'paused', step, ...outage })
    if (outage === null) note('info', 'The API answers again; the run goes on.')
    else if (!isLogged) note('warning', `Paused: ${outage.reason}.`)
    isLogged = outage !== null
  }
  const minutes = run.workspace.give_up_after_minutes ?? defaults.give_up_after_minutes
  return { stop, onOutage, giveUpAfterMs: minutes * 60_000, ...(outageSince !== undefined && { outageSince }) }
}

function throwIfAny(error: Error | null): void {
  if (error !== null) throw error
}

function stoppedBy({ line: { item_id, error } }: KeptItem, step: ResolvedStep): RunFailed {
  return new RunFailed(
    `Item ${item_id} failed in step ${step.step} (${step.prompt_name}), and batch_stop_on_error is set: ${error?.message}`,
  )
}

async function* toProcess(
  store: Store,
  ref: VersionRef,
  { step, chunk }: { step: ResolvedStep; chunk: Chunk },
): AsyncGenerator<PlanLine> {
  if (chunk.process === 0) return
  for await (const line of planItems(store, stepFiles(ref, step.step).plan, chunk.bytes)) {
    if (line.decision === 'process') yield line
  }
}

/** Asks for one item, unless its answer is kept already. */
async function processItem(work: Work, line: PlanLine): Promise<KeptItem> {
  const { step, keeper, kept, report } = work
  const prepared = prepare(work, line)
  const found = await kept.find(line)
  const before = settledBefore(found, { line, fingerprint: prepared.fingerprint })
  if (before !== null) {
    const state = before.line.state === 'answered' ? 'kept' : 'failed'
    report({ type: 'item', step: step.step, item_id: line.item_id, state, spending: null, held_back: null })
    return before
  }
  const { item, ends } = await answerOrFailure(work, line, { prepared, unjudged: unjudgedBefore(found, prepared) })
  await keeper.keep(item)
  const state = item.line.state === 'answered' ? 'answered' : 'failed'
  report({
    type: 'item',
    step: step.step,
    item_id: line.item_id,
    state,
    spending: spendingOf(item.line),
    held_back: work.model.heldBack?.() ?? null,
  })
  if (ends !== undefined) throw ends
  return item
}

async function answerOrFailure(
  work: Work,
  line: PlanLine,
  { prepared, unjudged }: { prepared: Prepared; unjudged: RawReply | null },
): Promise<{ item: KeptItem; ends?: ModelUnavailable | undefined }> {
  if ('failure' in prepared)
    return {
      item: await failedItem(work, line, { failure: prepared.failure, fingerprint: prepared.fingerprint, asked: null }),
    }
  const { step, keeper } = work
  const { prompt, fingerprint } = prepared
  await keeper.keepPrompt(step.batch_mode ? line.segment : null, prompt)
  const asked = await askWarm(work, line, { prepared, unjudged })
  if (asked.failure === null) return { item: await answeredItem(work, line, { fingerprint, asked }) }
  return { item: await failedItem(work, line, { failure: asked.failure, fingerprint, asked }), ends: asked.ends }
}

/** Asks with the shared beginning marked for the cache, if that pays. */
async function askWarm(
  work: Work,
  line: PlanLine,
  { prepared, unjudged }: { prepared: Extract<Prepared, { prompt: string }>; unjudged: RawReply | null },
): Promise<Asked> {
  const { prompt, fingerprint, shared: length } = prepared
  const { cacheWatch, warmUp, worthCaching } = work
  const asking = { ...work, prompt, fingerprint, unjudged, line }
  const ask = (shared: number | null) =>
    askFor({ ...asking, shared, log: (level, message) => log(work, line, { level, message }) })
  // What came before is no call, so it neither warms the cache nor waits for it.
  if (unjudged !== null || !worthCaching(length)) return ask(null)
  return warmUp.turn(async () => {
    throwIfStopped(work)
    if (cacheWatch.isUseless) return ask(null)
    const before = cacheWatch.before(prompt.slice(0, length))
    const asked = await ask(length)
    if (cacheWatch.sees(before, asked.spent)) await tellUseless(work)
    return asked
  })
}

async function tellUseless({ store, ref, now, report, step: { step, prompt_name } }: Work): Promise<void> {
  const message = `Step ${step} (${prompt_name}): the prompt cache is written but never read, so the rest of the step does without it. Something between you and the API may send each call elsewhere.`
  report({ type: 'message', level: 'warning', text: message })
  await store.log(ref, { time: localTime(now()), level: 'warning', message, step })
}

/** An item that waited for the warm-up is a new call: after a stop it is not made. */
function throwIfStopped({ stop }: Work): void {
  if (stop.aborted) throw interruption(stop)
}

function timeoutOf(run: RunDocument): number {
  return (run.workspace.answer_timeout_seconds ?? defaults.answer_timeout_seconds) * 1000
}

async function answeredItem(
  work: Work,
  line: PlanLine,
  { fingerprint, asked }: { fingerprint: string; asked: Asked & { failure: null } },
): Promise<KeptItem> {
  const { step, ref } = work
  const ledger: LedgerLine = {
    ...bareLine(line),
    ...asked.spent,
    state: 'answered',
    answer_version: ref.version,
    fingerprint,
  }
  if (!step.batch_mode)
    return { line: ledger, answer: isTextOutput(step) ? String(asked.answer) : jsonText(asked.answer, 2), reply: null }
  const { output, overwritten } = withIds(asked.answer, line, step)
  if (overwritten.length > 0) {
    await log(work, line, {
      level: 'warning',
      message: `The model wrote ${overwritten.join(' and ')} itself; Itemwise's ids replace them.`,
    })
  }
  return { line: ledger, answer: jsonText(output, 2), reply: null }
}

async function failedItem(
  work: Work,
  line: PlanLine,
  { failure, fingerprint, asked }: { failure: ItemFailed; fingerprint: string | null; asked: Asked | null },
): Promise<KeptItem> {
  const spent = asked?.spent ?? spentWithoutReply(failure)
  const error = { kind: failure.kind, message: failure.message }
  await log(work, line, { level: 'error', message: `No answer (${failure.kind}): ${failure.message}` })
  return {
    line: { ...bareLine(line), ...spent, state: 'failed', fingerprint, error },
    answer: null,
    reply: asked?.reply ?? null,
  }
}

function log(
  { store, ref, now, step }: Work,
  line: PlanLine,
  entry: { level: 'info' | 'warning' | 'error'; message: string },
): Promise<void> {
  return store.log(ref, {
    time: localTime(now()),
    level: entry.level,
    message: entry.message.toWellFormed(),
    step: step.step,
    item_id: line.item_id,
  })
}
