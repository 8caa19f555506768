/** Stage `process`: asks the model for each planned item of a chunk that is not kept yet, and keeps each answer the moment it arrives. */

import type { Asking } from '../answers/ask.ts'
import { judgeOf } from '../answers/judge.ts'
import { inParallel } from '../answers/pool.ts'
import { WarmUp } from '../answers/warm-up.ts'
import type { Chunk, PlanLine, ResolvedStep, RunDocument } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import { interruption } from '../interruption.ts'
import type { Outage } from '../model.ts'
import { openBudget } from '../money/budget.ts'
import { CacheWatch } from '../money/cache-watch.ts'
import { worthCachingIn } from '../money/caching.ts'
import { defaults } from '../request/settings.ts'
import { type KeptItem, type Store, stepFiles, type VersionRef } from '../store.ts'
import { localTime } from '../text/clock-text.ts'
import { NumberSet } from '../text/number-set.ts'
import { itemsToProcess } from '../versions/planned-items.ts'
import { readRun, readTemplate, stepOf } from '../versions/version-documents.ts'
import type { Turn } from './half-price/context.ts'
import { askAtHalfPrice } from './half-price/half-price.ts'
import { keepEdits } from './keep-edits.ts'
import { type ItemTools, processItem, type Work } from './process-item.ts'
import { withPromptSums } from './prompt-sums.ts'

export interface ProcessTools extends ItemTools {
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

/**
 * Works on one chunk of a step. Throws RunInterrupted after a stop, ModelUnavailable, StoreUnwritable, BudgetReached,
 * or RunFailed if the step stops on errors and an item failed.
 */
export async function process(tools: ProcessTools, ref: VersionRef, options: ProcessOptions): Promise<Processed> {
  const { step: number, chunk, longestAnswerMs = Number.POSITIVE_INFINITY } = options
  const { store } = tools
  const run = await readRun(store, ref)
  const step = stepOf(run, number)
  const { concurrency = step.max_concurrency } = options
  const template = await readTemplate(store, ref, step)
  const judge = await judgeOf(step, tools.provider)
  // The keeper first: it finds again what a killed process kept.
  const opened = await store.keeper(ref, number, { chunk, keep: step.keep, stop: tools.stop })
  const keeper = withPromptSums(opened, step)
  const kept = await store.kept(ref, number)
  // The stand-in costs nothing.
  const { model, provider, stop, halt } = tools
  const budget = model.standIn ? null : await openBudget(store, run, { provider, ref, stop, halt, calls: concurrency })
  const byBatch = run.request.delivery === 'batch' && step.batch_mode
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
    cacheFor: run.request.delivery === 'batch' ? '1h' : '5m',
  }
  const done: Processed = { answered: 0, failed: 0 }
  let stopper: RunFailed | null = null
  try {
    const stopped = () => tools.stop.aborted || tools.halt.aborted || stopper !== null
    const settled = new NumberSet()
    const turn: Turn = async (line, act) => {
      const item = await telling(tools, act())
      settled.add(line.item_index)
      if (item.line.state === 'answered') done.answered += 1
      else done.failed += 1
      if (item.line.state === 'answered' || !step.stop_on_error || stopper !== null) return item
      stopper = stoppedBy(item, step)
      tools.ends?.(stopper)
      return item
    }
    if (run.mode === 'edit') await telling(tools, keepEdits(work, { chunk, settled }))
    if (byBatch) await telling(tools, askAtHalfPrice({ work, chunk, budget, settled, turn, stopped }))
    const left = (index: number) => !settled.has(index)
    await inParallel(toProcess(store, ref, { step, chunk, left }), { concurrency, stopped }, async (line, passOn) => {
      await turn(line, () => processItem(work, line, passOn))
    })
  } finally {
    await Promise.all([keeper.close(), work.kept.close(), budget?.close()])
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
  { sleep, provider }: ProcessTools,
  step: ResolvedStep,
  { chunk, warm = false, concurrency = step.max_concurrency }: ProcessOptions,
): Pick<Work, 'worthCaching' | 'warmUp' | 'cacheWatch'> {
  return {
    worthCaching: warm || chunk.process > 1 ? worthCachingIn(step, provider) : () => false,
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
  { step, chunk, left }: { step: ResolvedStep; chunk: Chunk; left: (item_index: number) => boolean },
): AsyncGenerator<PlanLine> {
  if (chunk.process === 0) return
  yield* itemsToProcess(store, stepFiles(ref, step.step).plan, chunk.bytes, left)
}

function timeoutOf(run: RunDocument): number {
  return (run.workspace.answer_timeout_seconds ?? defaults.answer_timeout_seconds) * 1000
}
