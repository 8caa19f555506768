/** Stage `process`: asks the model for each planned item of a batch that is not kept yet, and keeps each answer the moment it arrives. */
import { type Asked, type Asking, askFor, spentWithoutReply } from './ask.ts'
import { openBudget } from './budget.ts'
import { WarmUp, worthCachingIn } from './caching.ts'
import { localTime } from './clock-text.ts'
import type { Batch, LedgerLine, PlanLine, ResolvedStep, RunDocument } from './documents.ts'
import { type ItemFailed, RunFailed } from './errors.ts'
import { interruption } from './interruption.ts'
import { jsonText } from './json.ts'
import { isTextOutput, judgeOf, withIds } from './judge.ts'
import { bareLine } from './ledger.ts'
import type { Model } from './model.ts'
import { planItems } from './planned-items.ts'
import { inParallel } from './pool.ts'
import { type Prepared, prepare } from './prepare-item.ts'
import type { Report } from './progress.ts'
import { defaults } from './settings.ts'
import { spendingOf } from './spending.ts'
import {
  type Found,
  type Keeper,
  type KeptItem,
  type KeptItems,
  type Store,
  stepFiles,
  type VersionRef,
} from './store.ts'
import type { Template } from './template.ts'
import { readRun, readTemplate, stepOf } from './version-documents.ts'

export interface ProcessTools {
  store: Store
  model: Model
  /** Epoch milliseconds. */
  now: () => number
  report: Report
  /** Aborted: no new calls, those under way end. */
  stop: AbortSignal
  /** Aborted: calls under way end too. */
  halt: AbortSignal
  /** Told at once of what ends the batch, while calls under way still come to their ends: other batches need begin nothing new. */
  ends?: (error: unknown) => void
}

export interface ProcessOptions {
  step: number
  batch: Batch
  /** Most calls at once, where the step's share them with other batches. Default: the step's. */
  concurrency?: number
  /** Longest time for one answer here, in milliseconds, where that is less than the workspace's. */
  longestAnswerMs?: number
  /** True where other batches have warmed the cached prefix already: no item has to go alone first. */
  warm?: boolean
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
  judge: ReturnType<typeof judgeOf>
  worthCaching: (sharedCharacters: number) => boolean
  warmUp: WarmUp
  attempts: Asking['attempts']
  timeout_ms: number
}

/**
 * Works on one batch of a step. Throws RunInterrupted after a stop, ModelUnavailable, StoreUnwritable, BudgetReached,
 * or RunFailed where the step stops on errors and an item failed.
 */
export async function process(
  tools: ProcessTools,
  ref: VersionRef,
  { step: number, batch, concurrency, longestAnswerMs = Number.POSITIVE_INFINITY, warm = false }: ProcessOptions,
): Promise<Processed> {
  const { store } = tools
  const run = await readRun(store, ref)
  const step = stepOf(run, number)
  const template = await readTemplate(store, ref, step)
  // The keeper first: it finds again what a killed process kept.
  const keeper = await store.keeper(ref, number, batch)
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
    judge: judgeOf(step),
    timeout_ms: Math.min(timeoutOf(run), longestAnswerMs),
    ...cachingOf(step, { batch, warm }),
    attempts: budget && ((question) => budget.attempts(question)),
  }
  const done: Processed = { answered: 0, failed: 0 }
  let stopper: RunFailed | null = null
  try {
    const stopped = () => tools.stop.aborted || tools.halt.aborted || stopper !== null
    await inParallel(
      toProcess(store, ref, { step, batch }),
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

/** One item alone has nobody to share with. */
function cachingOf(
  step: ResolvedStep,
  { batch, warm }: { batch: Batch; warm: boolean },
): Pick<Work, 'worthCaching' | 'warmUp'> {
  return { worthCaching: warm || batch.process > 1 ? worthCachingIn(step) : () => false, warmUp: new WarmUp({ warm }) }
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
  { step, batch }: { step: ResolvedStep; batch: Batch },
): AsyncGenerator<PlanLine> {
  if (batch.process === 0) return
  for await (const line of planItems(store, stepFiles(ref, step.step).plan, batch.bytes)) {
    if (line.decision === 'process') yield line
  }
}

/** Asks for one item, unless its answer is kept already. */
async function processItem(work: Work, line: PlanLine): Promise<KeptItem> {
  const { step, keeper, kept, report } = work
  const prepared = prepare(work, line)
  const before = settledBefore(await kept.find(line), { line, fingerprint: prepared.fingerprint })
  if (before !== null) {
    const state = before.line.state === 'answered' ? 'kept' : 'failed'
    report({ type: 'item', step: step.step, item_id: line.item_id, state, spending: null, held_back: null })
    return before
  }
  const item = await answerOrFailure(work, line, prepared)
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
  return item
}

/** The answer that is kept of an item, or its failure in this very run; null where it is to be asked for. */
function settledBefore(
  found: Found | undefined,
  { line, fingerprint }: { line: PlanLine; fingerprint: string | null },
): KeptItem | null {
  const before = found?.kept
  if (!before || before.line.fingerprint !== fingerprint || before.line.item_id !== line.item_id) return null
  return before.line.state === 'answered' || found.hadItsTurn ? before : null
}

async function answerOrFailure(work: Work, line: PlanLine, prepared: Prepared): Promise<KeptItem> {
  if ('failure' in prepared)
    return failedItem(work, line, { failure: prepared.failure, fingerprint: null, asked: null })
  const { step, keeper } = work
  await keeper.keepPrompt(step.batch_mode ? line.segment : null, prepared.prompt)
  const shared = work.worthCaching(prepared.shared) ? prepared.shared : null
  const ask = () =>
    askFor({
      ...work,
      prompt: prepared.prompt,
      shared,
      line,
      log: (level, message) => log(work, line, { level, message }),
    })
  const asked = await (shared !== null ? work.warmUp.turn(() => unlessStopped(work, ask)) : ask())
  if (asked.failure !== null)
    return failedItem(work, line, { failure: asked.failure, fingerprint: prepared.fingerprint, asked })
  return answeredItem(work, line, { fingerprint: prepared.fingerprint, asked })
}

/** An item that waited for the warm-up is a new call: after a stop it is not made. */
function unlessStopped<T>({ stop }: Work, ask: () => Promise<T>): Promise<T> {
  if (stop.aborted) throw interruption(stop)
  return ask()
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
      message: `The model wrote ${overwritten.join(' and ')} itself; the ids of Itemwise stand there.`,
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
  return store.log(ref, { time: localTime(now()), ...entry, step: step.step, item_id: line.item_id })
}
