/** How many calls go out at once: halved when the API says it is too much, grown back slowly. Shared by all calls of one model. */

export interface PaceOptions {
  /** Most calls at once; the pace only ever lowers it. */
  most: number
  /** Milliseconds of a clock that is never set. */
  now: () => number
  sleep: (ms: number) => Promise<void>
}

/** One call's place. Exactly one of its methods is to be called, once. */
export interface Turn {
  /** The API answered: the limit grows by one for every limit-many of these. */
  succeeded(): void
  /** 429 or 529: the limit halves, once for all calls that were under way together. */
  tooMuch(): void
  /** It ended in any other way. */
  ended(): void
}

// Timers overflow at 25 days; whoever is held longer looks again.
const longestSleepMs = 3_600_000

interface Waiter {
  start: () => void
  signal: AbortSignal
}

export class Pace {
  readonly #options: PaceOptions
  #limit: number
  #underWay = 0
  /** Counts the halvings: calls that began before the last one do not halve again. */
  #halvings = 0
  #heldUntil = 0
  #intervalMs = 0
  #nextStart = 0
  #holding = false
  readonly #waiting = new Set<Waiter>()

  constructor(options: PaceOptions) {
    this.#options = options
    this.#limit = options.most
  }

  /** Most calls at once, right now. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit))
  }

  /** Waits for a place, first come, first served. Rejects with the signal's reason. */
  async enter(signal: AbortSignal): Promise<Turn> {
    signal.throwIfAborted()
    if (this.#waiting.size > 0 || !this.#hasPlace()) await this.#queue(signal)
    else this.#begin()
    return this.#turn()
  }

  /** From now on calls begin at least this many milliseconds apart; 0 takes it back. */
  spread(intervalMs: number): void {
    this.#intervalMs = intervalMs
    if (intervalMs === 0) this.#nextStart = 0
  }

  /** No call begins before this moment (milliseconds of `now`). */
  holdBackUntil(moment: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, moment)
  }

  /** Nobody is held back any more: something else says when calls begin. Places still count. */
  release(): void {
    this.#heldUntil = 0
    this.spread(0)
    this.#startWaiting()
  }

  #hasPlace(): boolean {
    return this.#underWay < this.limit && this.#options.now() >= Math.max(this.#heldUntil, this.#nextStart)
  }

  #begin(): void {
    this.#underWay++
    if (this.#intervalMs > 0) this.#nextStart = Math.max(this.#options.now(), this.#nextStart) + this.#intervalMs
  }

  #queue(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(waiter)
        reject(signal.reason)
      }
      const waiter: Waiter = {
        signal,
        start: () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(waiter)
      this.#startWaiting()
    })
  }

  /** Lets in who waits, as far as there is room; comes back by itself where everyone is held back. */
  #startWaiting(): void {
    for (const waiter of this.#waiting) {
      if (!this.#hasPlace()) break
      this.#waiting.delete(waiter)
      this.#begin()
      waiter.start()
    }
    const heldMs = Math.min(Math.max(this.#heldUntil, this.#nextStart) - this.#options.now(), longestSleepMs)
    if (this.#waiting.size === 0 || heldMs <= 0 || this.#holding) return
    this.#holding = true
    void this.#options.sleep(heldMs).then(() => {
      this.#holding = false
      this.#startWaiting()
    })
  }

  #turn(): Turn {
    const halvings = this.#halvings
    const end = (change: () => void) => {
      change()
      this.#underWay--
      this.#startWaiting()
    }
    return {
      succeeded: () => end(() => this.#grow()),
      tooMuch: () => end(() => halvings === this.#halvings && this.#halve()),
      ended: () => end(() => {}),
    }
  }

  #grow(): void {
    this.#limit = Math.min(this.#options.most, this.#limit + 1 / this.#limit)
  }

  /** Halves what is really under way: half of a limit that nobody uses would change nothing. */
  #halve(): void {
    this.#halvings++
    this.#limit = Math.max(1, Math.min(this.#limit, this.#underWay) / 2)
  }
}
