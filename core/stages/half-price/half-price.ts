/**
 * Asks for the items of a step at half price: the first one live, the others by message batch, in rounds, until nothing is left, the
 * deadline has come or the rounds are used up. What is left then is asked for live by the caller.
 */
import { RunDetached, RunFailed } from '../../errors.ts'
import { defaults } from '../../request/settings.ts'
import { batchesText, batchRecords, removeBatchRecord } from '../../versions/message-batches.ts'
import { processItem } from '../process-item.ts'
import { type HalfPrice, openRecords, tell } from './context.ts'
import { namePrefix } from './custom-id.ts'
import { deadlineOf } from './deadline.ts'
import { endAtDeadline } from './end-at-deadline.ts'
import { baseAnswersAlike } from './first-item.ts'
import { foundAgain } from './lost.ts'
import { keepingAlive } from './patience.ts'
import { pendingItems } from './pending.ts'
import { noteSent, sendAll } from './send.ts'
import { collectEnded } from './wait.ts'

/** A batch that expires or that the API fails is sent again; what is left after so many rounds is asked for live. */
const mostRounds = 5
/** Requests of a step that are refused one after the other: its settings are wrong, and every item would be refused. */
const mostRefused = 3

export interface AskingAtHalfPrice extends Pick<HalfPrice, 'work' | 'chunk' | 'budget' | 'settled' | 'turn'> {
  /** Whether nothing more is to be asked for. */
  stopped: () => boolean
}

/**
 * Throws RunDetached if everything is sent and the run is not to wait, BudgetReached, ModelUnavailable, RunFailed, RunInterrupted,
 * StoreUnwritable.
 */
export function askAtHalfPrice(asking: AskingAtHalfPrice): Promise<void> {
  return keepingAlive(() => ask(asking))
}

async function ask({ stopped, ...given }: AskingAtHalfPrice): Promise<void> {
  const { work } = given
  const { store, ref, step, run } = work
  const { batches } = work.model
  if (batches === undefined) throw new RunFailed('This version asks at half price, which this place cannot.')
  const half: HalfPrice = {
    ...{ ...given, batches, prefix: namePrefix(run.run_id, step.step) },
    ...{ records: await batchRecords(store, ref, step.step), mostBytes: batches.most.bytes },
  }
  for (const record of openRecords(half)) if (record.reserved_usd > 0) half.budget?.takeOver()
  await findLost(half)
  const deadline = deadlineOf(half)
  if (openRecords(half).length === 0) await askFirst(half, stopped)
  for (let rounds = 0; !stopped(); ) {
    if (deadline.isOver()) return endAtDeadline(half)
    if (rounds >= mostRounds) return tellRest(half)
    const sent = await sendAll(half, deadline)
    if (deadline.isOver()) continue
    if (openRecords(half).length === 0) return
    if (work.detach) throw new RunDetached(detachedText(half))
    await tellWaiting(half)
    await collectEnded(half, { until: deadline, all: sent === 'all' })
    // What the budget or the API's queue held back has not had its turn.
    if (sent === 'all') rounds += 1
  }
  // An item failed, and the step stops on errors: what is out is kept all the same.
  await collectEnded(half, { until: null, all: true })
}

/** Batches whose create call got no answer. What was never sent is forgotten. */
async function findLost(half: HalfPrice): Promise<void> {
  const { work, budget } = half
  for (const record of openRecords(half)) {
    if (record.state !== 'intended') continue
    const found = await foundAgain(half, record)
    if (found !== null) {
      await noteSent(half, record, found)
      continue
    }
    half.records.splice(half.records.indexOf(record), 1)
    await removeBatchRecord(work.store, work.ref, record)
    if (record.reserved_usd > 0) await budget?.settle(record.reserved_usd, 0)
  }
}

/**
 * One goes first, live: what is wrong with a step's settings would show only at the end of a batch, for all items. It writes the
 * prompt cache, too. Left out for a few items, and if the base was answered with the same settings.
 */
async function askFirst(half: HalfPrice, stopped: () => boolean): Promise<void> {
  const { work, chunk, settled, turn } = half
  const worthFrom = work.run.workspace.batch_worth_from ?? defaults.batch_worth_from
  if (chunk.process < worthFrom) {
    if (chunk.process > 0) await tell(half, fewText(chunk.process))
    return
  }
  if (half.records.length > 0 || (await baseAnswersAlike(work))) return
  let isAnswered = false
  let refused = 0
  const wanted = (index: number) => !isAnswered && !settled.has(index)
  const settle = async (line: Parameters<typeof turn>[0]) => {
    const { line: kept } = await turn(line, () => processItem(work, line, () => {}))
    isAnswered ||= kept.state === 'answered'
  }
  for await (const { line } of pendingItems(work, chunk, { wanted, settle })) {
    if (isAnswered || stopped()) return
    const { line: came } = await turn(line, () => processItem(work, line, () => {}))
    if (came.error?.kind !== 'request_refused') return
    if (++refused === mostRefused) throw allRefused(came.error.message)
  }
}

function fewText(count: number): string {
  return `${count === 1 ? 'Only one item is' : `Only ${count} items are`} to be asked for: live would be as good, and there in seconds.`
}

function allRefused(message: string): RunFailed {
  return new RunFailed(
    `The API refused ${mostRefused} requests of this step, one after the other, so no message batch is sent: all of it would be refused. The last one: ${message}`,
  )
}

function detachedText(half: HalfPrice): string {
  return `${batchesText(openRecords(half))}.`
}

/** Those of the stand-in have ended already. */
async function tellWaiting(half: HalfPrice): Promise<void> {
  if (half.work.model.standIn) return
  await tell(
    half,
    `${detachedText(half)} Ctrl-C leaves them there; \`itemwise resume\` keeps their answers, \`itemwise abort\` cancels them.`,
  )
}

async function tellRest(half: HalfPrice): Promise<void> {
  await tell(half, `After ${mostRounds} rounds of message batches, what is left is asked for live.`)
}
