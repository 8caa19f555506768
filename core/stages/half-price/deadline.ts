/** How long a run waits for message batches, and what becomes of them then. */
import { RunInterrupted } from '../../errors.ts'
import { BatchCallFailed } from '../../message-batches.ts'
import { writeBatchRecord } from '../../versions/message-batches.ts'
import { type HalfPrice, openRecords, tell } from './context.ts'
import { patientlyNew } from './patience.ts'
import { collectEnded } from './wait.ts'

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/** `4h` in milliseconds. */
export function timeOf(text: string): number {
  return Number(text.slice(0, -1)) * (units[text.slice(-1)] ?? Number.NaN)
}

export interface Deadline {
  isOver(): boolean
  leftMs(): number
}

/** Counted from the start of the run, over all its processes. */
export function deadlineOf(half: HalfPrice): Deadline {
  const { run, now } = half.work
  const { deadline, after_deadline = 'live' } = run.request
  const at = deadline === undefined ? Number.POSITIVE_INFINITY : Date.parse(run.created) + timeOf(deadline)
  // Whoever resumes a run that stopped at its deadline wants it to go on.
  const isObeyed = after_deadline === 'stop' && now() >= at && openRecords(half).length === 0
  const leftMs = () => (isObeyed ? Number.POSITIVE_INFINITY : Math.max(0, at - now()))
  return { leftMs, isOver: () => leftMs() <= 0 }
}

/** Cancels what is out, waits for its end and keeps what was answered. Throws RunInterrupted if the run is to stop then. */
export async function endAtDeadline(half: HalfPrice): Promise<void> {
  const { run } = half.work
  const stops = run.request.after_deadline === 'stop'
  const then = stops ? 'the run stops' : 'what is left is asked for live'
  if (openRecords(half).length > 0) {
    await tell(
      half,
      `The deadline (${run.request.deadline}) has come. The message batches are cancelled, which takes some minutes; what they answered is kept, and then ${then}.`,
    )
    await cancelAll(half)
    await collectEnded(half, { until: null, all: true })
  }
  if (stops)
    throw new RunInterrupted(
      `The deadline (${run.request.deadline}) has come, and after_deadline is stop. A resume asks for the rest at half price, without a deadline.`,
    )
}

/** One that has ended meanwhile cannot be cancelled, and need not be. */
async function cancelAll(half: HalfPrice): Promise<void> {
  const { work, batches } = half
  for (const record of openRecords(half)) {
    const { id } = record
    if (id === null) continue
    await patientlyNew(work, () => batches.cancel(id, work.halt)).catch((error: unknown) => {
      if (!(error instanceof BatchCallFailed)) throw error
    })
    record.cancelled = true
    await writeBatchRecord(work.store, work.ref, record)
  }
}
