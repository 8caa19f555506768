/** The clock of deadlines, durations and pace: unlike the clock of the machine it is never set, neither forward nor back. */
import { setTimeout as wait } from 'node:timers/promises'

/** Epoch milliseconds as they stood when the process began, and what has gone by since. */
export function monotonic(): number {
  return performance.timeOrigin + performance.now()
}

/** Waits, without keeping the process alive for it. */
export function waitUnheld(ms: number): Promise<void> {
  return wait(ms, undefined, { ref: false })
}
