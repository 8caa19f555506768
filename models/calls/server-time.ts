/** What time it is where a response comes from: moments in its headers are by that clock, and ours may be wrong, or be set. */

// A `date` header has whole seconds, and a response takes its time.
const usualDifferenceMs = 5000

/** Epoch milliseconds, by the response's `date` where that is not about ours. `wall`: our clock. */
export function serverTime(date: string | null | undefined, wall: number): number {
  const said = Date.parse(date ?? '')
  return Math.abs(said - wall) > usualDifferenceMs ? said : wall
}
