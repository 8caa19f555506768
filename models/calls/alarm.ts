/**
 * Rings after a time. If the process stood still meanwhile (Ctrl-Z, a closed laptop), what arrived is read before it rings:
 * timers come before the network in a turn of the event loop, and an answer that is there was paid for.
 */

// setTimeout fires at once for more than this.
const longestTimerMs = 2 ** 31 - 1
/**
 * Time to read what arrived: many answers, each of some pieces. The later a timer is, the longer the process stood still or was
 * busy, and the more may wait to be read. One that is in time may still ring right after a stop.
 */
const leastReadingMs = 50
const mostReadingMs = 5000
const readingTimesLate = 5

export class Alarm {
  readonly #ring: () => void
  readonly #due: number
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number, ring: () => void) {
    this.#ring = ring
    this.#due = performance.now() + ms
    this.#timer = setTimeout(this.#look, Math.min(Math.max(1, ms), longestTimerMs))
  }

  /** It does not ring any more. */
  end(): void {
    clearTimeout(this.#timer)
  }

  readonly #look = () => {
    const late = performance.now() - this.#due
    const readingMs = Math.min(mostReadingMs, Math.max(leastReadingMs, readingTimesLate * late))
    this.#timer = setTimeout(this.#ring, readingMs)
  }
}
