/** What becomes of message batches when the deadline comes. */
import { RunInterrupted } from '../../errors.ts'
import { BatchCallFailed } from '../../message-batches.ts'
import { writeBatchRecord } from '../../versions/message-batches.ts'
import { type HalfPrice, type Looking, openRecords, tell } from './context.ts'
import { patientlyNew } from './patience.ts'
import { collectEnded } from './wait.ts'

/** Cancels what is out, waits for its end and keeps what was answered. Throws RunInterrupted if the run is to stop then. */
export async function endAtDeadline(half: HalfPrice): Promise<void> {
  if (openRecords(half).length > 0) {
    await tellDeadline(half)
    await cancelAll(half)
    await collectEnded(half, { until: null, all: true })
  }
  throwIfItStops(half.work)
}

export async function tellDeadline(half: Pick<Looking, 'work'>): Promise<void> {
  const { deadline, after_deadline } = half.work.run.request
  const then = after_deadline === 'stop' ? 'the run stops' : 'what is left is asked for live'
  await tell(
    half,
    `The deadline (${deadline}) has come. The message batches are cancelled, which takes some minutes; what they answered is kept, and then ${then}.`,
  )
}

/** Throws RunInterrupted if the run is to stop at its deadline. */
export function throwIfItStops({ run: { request } }: Pick<Looking['work'], 'run'>): void {
  if (request.after_deadline === 'stop')
    throw new RunInterrupted(
      `The deadline (${request.deadline}) has come, and after_deadline is stop. A resume asks for the rest at half price, without a deadline.`,
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
