/** How long a run waits for message batches. */
import type { StepTools } from '../process-item.ts'

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
export function deadlineOf({ run, now, began = 0 }: Pick<StepTools, 'run' | 'now' | 'began'>): Deadline {
  const { deadline, after_deadline = 'live' } = run.request
  const at = deadline === undefined ? Number.POSITIVE_INFINITY : Date.parse(run.created) + timeOf(deadline)
  // Whoever resumes a run that stopped at its deadline wants it to go on.
  const isObeyed = after_deadline === 'stop' && began >= at
  const leftMs = () => (isObeyed ? Number.POSITIVE_INFINITY : Math.max(0, at - now()))
  return { leftMs, isOver: () => leftMs() <= 0 }
}
