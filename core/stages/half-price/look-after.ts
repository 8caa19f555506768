/**
 * One look at all message batches of a step, for a place where no process waits for them: says what comes next, and when to look
 * again. Everything it has to know of the looks before is in its state, which it hands on.
 */
import { RunFailed } from '../../errors.ts'
import { openBudget } from '../../money/budget.ts'
import { type Store, stepFiles, type VersionRef } from '../../store.ts'
import { batchRecords } from '../../versions/message-batches.ts'
import { itemsToProcess } from '../../versions/planned-items.ts'
import { readRun, stepOf } from '../../versions/version-documents.ts'
import type { ItemTools } from '../process-item.ts'
import { stoppedBy } from '../settled-items.ts'
import { type Looking, openRecords } from './context.ts'
import { namePrefix } from './custom-id.ts'
import { type Deadline, deadlineOf } from './deadline.ts'
import { throwIfItStops } from './end-at-deadline.ts'
import { mostRounds, tellRest } from './half-price.ts'
import { cancelAtDeadline, lookAtAll } from './look-at-all.ts'
import type { LookState } from './look-state.ts'
import { findLost } from './lost.ts'
import { tellWaiting } from './out.ts'
import { firstLookMs, growth, longestLookMs } from './patience.ts'

const hour = 3_600_000
/** After an hour: most batches end within one. */
const laterLookMs = 300_000

export interface Looked {
  /** `live`: what is left is asked for live. `collate`: nothing is left. */
  next: 'first' | 'send' | 'wait' | 'collect' | 'live' | 'collate'
  state: LookState
  /** When to look again. */
  seconds: number
  /** Numbers of the batches that have ended, and whose results are to be kept. */
  ended: number[]
  /** Batches that are out and expire soon. */
  late: number
}

/** Throws BudgetReached, ModelUnavailable, RunFailed, and RunInterrupted if the run is to stop at its deadline. */
export async function lookAfter(
  tools: ItemTools,
  ref: VersionRef,
  { step: number, state }: { step: number; state: LookState },
): Promise<Looked> {
  const { store, provider, stop, halt, model } = tools
  const run = await readRun(store, ref)
  const step = stepOf(run, number)
  if (model.batches === undefined) throw new RunFailed('This version asks at half price, which this place cannot.')
  const budget = await openBudget(store, run, { provider, ref, stop, halt, calls: 1 })
  try {
    const prefix = namePrefix(run.run_id, number)
    const records = await batchRecords(store, ref, number)
    return await look({ work: { ...tools, ref, run, step }, batches: model.batches, budget, prefix, records }, state)
  } finally {
    await budget?.close()
  }
}

async function look(looking: Looking, before: LookState): Promise<Looked> {
  const { work } = looking
  const deadline = deadlineOf(work)
  const out = openRecords(looking).length
  await findLost(looking, { waits: false, tells: before.looks === 0 })
  if (before.looks === 0 && openRecords(looking).length > 0) await tellWaiting(looking)
  const { ended, late, ...seen } = await lookAtAll(looking, before)
  // What was never sent, or is lost, is sent again.
  const isLess = openRecords(looking).length < out
  const state: LookState = { ...before, ...seen, sent: before.sent && !isLess, looks: before.looks + 1 }
  const found: Looked = { next: 'wait', state, seconds: 0, ended, late }
  if (ended.length > 0) return { ...found, next: 'collect' }
  if (openRecords(looking).length > 0) return waiting(looking, found, deadline)
  if (state.stops) throw await failureOf(work)
  if (deadline.isOver()) {
    throwIfItStops(work)
    return { ...found, next: 'live' }
  }
  // What a person wrote is kept with what is asked for live.
  if (state.sent && !state.later) return { ...found, next: work.run.mode === 'edit' ? 'live' : 'collate' }
  // The API's queue is full, or there is no money for more: it is asked again in a minute.
  if (state.sent) return { ...found, state: { ...state, sent: false }, seconds: secondsOf(longestLookMs, deadline) }
  return sending(looking, found)
}

/** Looks again soon at first, then less and less often. */
async function waiting(looking: Looking, found: Looked, deadline: Deadline): Promise<Looked> {
  const { work } = looking
  const { state } = found
  // From then on they end soon.
  if (deadline.isOver() && (await cancelAtDeadline(looking))) state.looks = 1
  const since = Math.min(...openRecords(looking).map(({ intended_at }) => Date.parse(intended_at)))
  const isLong = !deadline.isOver() && work.now() - since >= hour
  const ms = isLong ? laterLookMs : Math.min(firstLookMs * growth ** (state.looks - 1), longestLookMs)
  return { ...found, seconds: secondsOf(ms, deadline) }
}

function secondsOf(ms: number, deadline: Deadline): number {
  const left = deadline.isOver() ? ms : Math.min(ms, deadline.leftMs())
  return Math.max(1, Math.ceil(left / 1000))
}

async function sending(looking: Looking, found: Looked): Promise<Looked> {
  const { state } = found
  const round = state.later ? state.round : state.round + 1
  if (round >= mostRounds) {
    await tellRest(looking)
    return { ...found, next: 'live' }
  }
  const next = looking.records.length === 0 && round === 0 ? 'first' : 'send'
  return { ...found, next, state: { ...state, round, looks: 0 } }
}

/** The first failure in the order of the plan. */
async function failureOf({ store, ref, step }: Looking['work']): Promise<RunFailed> {
  const kept = await store.kept(ref, step.step)
  try {
    for await (const line of planned(store, ref, step.step)) {
      const found = await kept.find(line, 'outcome')
      if (found?.kept?.line.state === 'failed') return stoppedBy(found.kept, step)
    }
  } finally {
    await kept.close()
  }
  return new RunFailed(`An item failed in step ${step.step} (${step.prompt_name}), and batch_stop_on_error is set.`)
}

async function* planned(store: Store, ref: VersionRef, step: number) {
  const { plan } = stepFiles(ref, step)
  yield* itemsToProcess(store, plan, [0, (await store.size(plan)) ?? 0])
}
