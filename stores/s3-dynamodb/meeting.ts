/** Two writers that meet at one record of the table: the request of one is refused, and is sent again. */
import { setTimeout as wait } from 'node:timers/promises'

/** Errors of two writers that met at one record; the SDK does not retry them. Waits of up to 0.05+0.1+… = 6.4 s. */
const mostMeetings = 8

/** Sends a request again if another writer was at its record just then. */
export async function unlessMeeting<T>(send: () => Promise<T>): Promise<T> {
  for (let meetings = 0; ; meetings++) {
    try {
      return await send()
    } catch (error) {
      if (!isMeeting(error) || meetings === mostMeetings - 1) throw error
      await wait(Math.random() * 50 * 2 ** meetings)
    }
  }
}

function isMeeting(error: unknown): boolean {
  // In progress: the request whose answer was lost, and which is sent again.
  const names = ['TransactionConflictException', 'TransactionInProgressException']
  if (error instanceof Error && names.includes(error.name)) return true
  const reasons = reasonsOf(error)
  return reasons.includes('TransactionConflict') && !reasons.includes('ConditionalCheckFailed')
}

/** Why a transaction was cancelled, in the order of its parts. */
export function reasonsOf(error: unknown): string[] {
  const { CancellationReasons = [] } = (error ?? {}) as { CancellationReasons?: { Code?: string }[] }
  return CancellationReasons.map(({ Code = '' }) => Code)
}
