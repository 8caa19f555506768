/**
 * Asks for the items of a step at half price: the first one live, the others by message batch, in rounds, until nothing is left, the
 * deadline has come or the rounds are used up. What is left then is asked for live by the caller.
 */
import { RunDetached, RunFailed } from '../../errors.ts'
import { batchesText, batchRecords } from '../../versions/message-batches.ts'
import { type HalfPrice, type Looking, openRecords, tell } from './context.ts'
import { namePrefix } from './custom-id.ts'
import { deadlineOf } from './deadline.ts'
import { endAtDeadline } from './end-at-deadline.ts'
import { askFirst } from './first-item.ts'
import { findLost } from './lost.ts'
import { tellWaiting } from './out.ts'
import { keepingAlive } from './patience.ts'
import { sendAll } from './send.ts'
import { collectEnded, keepEnded } from './wait.ts'

/** A batch that expires or that the API fails is sent again; what is left after so many rounds is asked for live. */
export const mostRounds = 5

const ctrlC = 'Ctrl-C leaves them there; `itemwise resume` keeps their answers, `itemwise abort` cancels them.'

export interface AskingAtHalfPrice extends Pick<HalfPrice, 'work' | 'chunk' | 'budget' | 'settled' | 'turn'> {
  /** Whether nothing more is to be asked for. */
  stopped: () => boolean
  /** How many chunks the step has. Default: this one. */
  chunks?: number | undefined
}

/**
 * Throws RunDetached if everything is sent and the run is not to wait, BudgetReached, ModelUnavailable, RunFailed, RunInterrupted,
 * StoreUnwritable.
 */
export function askAtHalfPrice(asking: AskingAtHalfPrice): Promise<void> {
  return keepingAlive(() => ask(asking))
}

async function ask({ stopped, chunks = 1, ...given }: AskingAtHalfPrice): Promise<void> {
  const { work } = given
  const { store, ref, step, run } = work
  const { batches } = work.model
  if (batches === undefined) throw new RunFailed('This version asks at half price, which this place cannot.')
  const half: HalfPrice = {
    ...{ ...given, batches, prefix: namePrefix(run.run_id, step.step) },
    ...{ records: await batchRecords(store, ref, step.step), mostBytes: batches.most.bytes },
    ...{ chunks, waits: true },
  }
  for (const record of openRecords(half)) if (record.reserved_usd > 0) half.budget?.takeOver()
  await findLost(half, { waits: true, tells: true })
  const deadline = deadlineOf(work)
  if (openRecords(half).length === 0) await askFirst(half, stopped)
  for (let rounds = 0; !stopped(); ) {
    if (deadline.isOver()) return endAtDeadline(half)
    if (rounds >= mostRounds) return tellRest(half)
    const sent = await sendAll(half, deadline)
    if (deadline.isOver()) continue
    if (openRecords(half).length === 0) return
    if (work.detach) await leaveUnlessEnded(half)
    else {
      await tellWaiting(half, ctrlC)
      await collectEnded(half, { until: deadline, all: sent === 'all' })
    }
    // What the budget or the API's queue held back has not had its turn.
    if (sent === 'all') rounds += 1
  }
  // An item failed, and the step stops on errors: what is out is kept all the same.
  await collectEnded(half, { until: null, all: true })
}

/** Keeps what has ended: then there may be more to send. Throws RunDetached if nothing has. */
async function leaveUnlessEnded(half: HalfPrice): Promise<void> {
  const text = detachedText(half)
  if ((await keepEnded(half)) === 0) throw new RunDetached(text)
}

function detachedText(half: HalfPrice): string {
  return `${batchesText(openRecords(half))}.`
}

export async function tellRest(half: Looking): Promise<void> {
  await tell(half, `After ${mostRounds} rounds of message batches, what is left is asked for live.`)
}
