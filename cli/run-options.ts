/** The flags of every command that starts or follows a run. */
import type { StoreFlags } from './place-flags.ts'

export interface RunOptions extends StoreFlags {
  offline?: boolean
  /** USD. */
  maxCost?: number | 'none'
  /** Asks nothing. */
  yes?: boolean
  /** Starts the run and does not follow it. */
  detach?: boolean
  /** Rings when the run has ended. */
  notify?: boolean
  json?: boolean
  verbose?: boolean
}

/** The flags of message batches. */
export interface HalfPriceFlags {
  halfPrice?: boolean
  deadline?: string
  afterDeadline?: 'live' | 'stop'
}

/** These flags as the fields of a request; undefined if a flag is not given. */
export function deliveryIn({ halfPrice, deadline, afterDeadline }: HalfPriceFlags) {
  return { delivery: halfPrice ? ('batch' as const) : undefined, deadline, after_deadline: afterDeadline }
}

/** The limit that a flag sets: null for none, undefined if there is no flag. */
export function limitIn({ maxCost }: Pick<RunOptions, 'maxCost'>): number | null | undefined {
  return maxCost === 'none' ? null : maxCost
}
