/** Opens what the items of one chunk share, and closes it again. */
import type { Asking } from '../answers/ask.ts'
import { judgeOf } from '../answers/judge.ts'
import { WarmUp } from '../answers/warm-up.ts'
import type { Chunk, ResolvedStep, RunDocument } from '../documents.ts'
import type { Outage } from '../model.ts'
import { type Budget, openBudget } from '../money/budget.ts'
import { CacheWatch } from '../money/cache-watch.ts'
import { worthCachingIn } from '../money/caching.ts'
import { defaults } from '../request/settings.ts'
import type { VersionRef } from '../store.ts'
import { localTime } from '../text/clock-text.ts'
import { readTemplate } from '../versions/kept-template.ts'
import { readRun, stepOf } from '../versions/version-documents.ts'
import type { ItemTools, Work } from './process-item.ts'
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
  /** At half price: how many chunks the step has. Default: this one. */
  chunks?: number | undefined
  /** At half price: what message batches have left is asked for live, since they are waited for elsewhere. */
  liveOnly?: boolean
  /** Whether replies of message batches will be kept (Keeper.receive). */
  receives?: boolean
}

export interface OpenWork {
  work: Work
  /** Null without a limit. */
  budget: Budget | null
}

/** Does `act` with what is opened, and closes that whatever comes of it. */
export async function withWork<T>(
  tools: ProcessTools,
  ref: VersionRef,
  options: ProcessOptions,
  act: (open: OpenWork) => Promise<T>,
): Promise<T> {
  const { step: number, chunk, longestAnswerMs = Number.POSITIVE_INFINITY, receives = false } = options
  const { store } = tools
  const run = await readRun(store, ref)
  const step = stepOf(run, number)
  const { concurrency = step.max_concurrency } = options
  const template = await readTemplate(store, ref, step)
  const judge = await judgeOf(step, tools.provider)
  // The keeper first: it finds again what a killed process kept.
  const opened = await store.keeper(ref, number, { chunk, keep: step.keep, stop: tools.stop, receives })
  const keeper = withPromptSums(opened, step)
  const kept = await store.kept(ref, number)
  // The stand-in costs nothing.
  const { model, provider, stop, halt } = tools
  const budget = model.standIn ? null : await openBudget(store, run, { provider, ref, stop, halt, calls: concurrency })
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
  try {
    return await act({ work, budget })
  } finally {
    await Promise.all([keeper.close(), work.kept.close(), budget?.close()])
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

function timeoutOf(run: RunDocument): number {
  return (run.workspace.answer_timeout_seconds ?? defaults.answer_timeout_seconds) * 1000
}
