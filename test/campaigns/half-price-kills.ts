/** Where a run at half price is killed, and the clock that it and its API share. */

export const killPoints = [
  'before create',
  'while sending',
  'after create',
  'while waiting',
  'while collecting',
  'after collecting',
] as const

export interface BatchKill {
  point: (typeof killPoints)[number] | null
  /** From 1, over the times this point is passed. */
  nth: number
}

/** A minute takes a third of a second. */
const speed = 180

/** A clock that ran as the machine's until `begun` (epoch milliseconds) and runs faster since. */
export function fastClock(begun: number): { now: () => number; speed: number } {
  return { now: () => begun + (Date.now() - begun) * speed, speed }
}
