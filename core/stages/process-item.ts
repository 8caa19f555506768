/**
 * Processes one item: takes its kept answer, or asks the model, and keeps what came back.
 * Long, since every way to an answer ends in the same act of keeping.
 */

import { isTextOutput } from '../answer-format.ts'
import { type Asked, type Asking, askFor, spentWithoutReply } from '../answers/ask.ts'
import { settledBefore, unjudgedBefore } from '../answers/found-before.ts'
import { type judgeOf, withIds } from '../answers/judge.ts'
import type { WarmUp } from '../answers/warm-up.ts'
import type { LedgerLine, PlanLine, ResolvedStep, RunDocument } from '../documents.ts'
import { type ItemFailed, interruption, type ModelUnavailable } from '../errors.ts'
import type { Model } from '../model.ts'
import type { CacheWatch } from '../money/cache-watch.ts'
import { spendingOf } from '../money/spending.ts'
import type { Provider } from '../provider.ts'
import type { Report } from '../run-events.ts'
import type { Keeper, KeptItem, KeptItems, RawReply, Store, VersionRef } from '../store.ts'
import { type Prepared, prepare } from '../templates/prepare-item.ts'
import type { Template } from '../templates/template.ts'
import { localTime } from '../text/clock-text.ts'
import { jsonText } from '../text/json.ts'
import { bareLine } from '../versions/ledger.ts'

export interface ItemTools {
  store: Store
  model: Model
  /** Whose model it is. */
  provider: Provider
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
  /** Epoch milliseconds: when this process took the run. */
  began?: number
  /** Whether this process only goes on with a run that waited for message batches: what has failed is not asked for again. */
  goesOn?: boolean
  /** At half price: leaves as soon as everything is sent. */
  detach?: boolean
}

/** What work on a step begins with. */
export interface StepTools extends ItemTools {
  ref: VersionRef
  run: RunDocument
  step: ResolvedStep
}

/** What the items of one chunk share. */
export interface Work extends StepTools {
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
  cacheFor: Asking['cacheFor']
}

/**
 * Asks for one item, unless its answer is kept already. `passOn` is called when there is an answer and only keeping it is left:
 * the next call may begin. After a failure it is not called, since that may end the step.
 */
export async function processItem(work: Work, line: PlanLine, passOn: () => void): Promise<KeptItem> {
  const { kept } = work
  const prepared = prepare(work, line)
  const found = await kept.find(line, 'outcome')
  const unjudged = unjudgedBefore(found, prepared)
  const failuresStand = work.goesOn === true && unjudged === null
  const before = settledBefore(found, { line, fingerprint: prepared.fingerprint, failuresStand })
  if (before !== null) return alreadyKept(work, before)
  const came = await answerOrFailure(work, line, { prepared, unjudged })
  return settle(work, came, passOn)
}

/** Tells of an item that has an answer or a failure already. */
export function alreadyKept({ report, step }: Work, item: KeptItem): KeptItem {
  const state = item.line.state === 'answered' ? 'kept' : 'failed'
  report({ type: 'item', step: step.step, item_id: item.line.item_id, state, spending: null, held_back: null })
  return item
}

/** Keeps an item that got no reply although it was asked for: `text` is what came before. */
export async function settleFailure(
  work: Work,
  line: PlanLine,
  { failure, text }: { failure: ItemFailed; text: string | null },
): Promise<KeptItem> {
  const prepared = prepare(work, line)
  const { step, keeper } = work
  if ('prompt' in prepared) await keeper.keepPrompt(step.batch_mode ? line.segment : null, prepared.prompt)
  const asked: Asked = { failure, answer: null, spent: spentWithoutReply(failure), reply: text }
  return settle(work, { item: await failedItem(work, line, { failure, fingerprint: prepared.fingerprint, asked }) })
}

interface Came {
  item: KeptItem
  ends?: ModelUnavailable | undefined
}

async function settle(work: Work, { item, ends }: Came, passOn = () => {}): Promise<KeptItem> {
  const { keeper, report, step } = work
  const keeping = keeper.keep(item)
  // Throws if it has failed already: after a failed write no call begins.
  await Promise.race([keeping, null])
  if (item.line.state === 'answered') passOn()
  await keeping
  const state = item.line.state === 'answered' ? 'answered' : 'failed'
  report({
    type: 'item',
    step: step.step,
    item_id: item.line.item_id,
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
): Promise<Came> {
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
