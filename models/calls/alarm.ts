/**
 * Rings after a time. Where the process stood still meanwhile (Ctrl-Z, a closed laptop), what arrived is read before it rings:
 * timers come before the network in a turn of the event loop, and an answer that is there was paid for.
 */

// setTimeout fires at once for more than this.
const longestTimerMs = 2 ** 31 - 1
/** So late is a timer only where the process stood still. */
const stoodStillMs = 1000
/** Time to read what arrived: many answers, each of some pieces. */
const readingMs = 5000

export class Alarm {
  readonly #ring: () => void
  readonly #due: number
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined

  constructor(ms: number, ring: () => void) {
    this.#ring = ring
    this.#due = performance.now() + ms
    this.#timer = setTimeout(this.#look, Math.min(Math.max(1, ms), longestTimerMs))
  }

  /** It does not ring any more. */
  end(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#immediate)
  }

  readonly #look = () => {
    if (performance.now() - this.#due < stoodStillMs) this.#immediate = setImmediate(this.#ring)
    else this.#timer = setTimeout(this.#ring, readingMs)
  }
}
