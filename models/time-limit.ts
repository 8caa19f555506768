/** The time one answer may take: a signal that aborts at its deadline, or when everything is stopped. */

/** Reason of an abort by the deadline. */
const ranOut = Symbol('the time ran out')

// setTimeout fires at once for more than this.
const longestTimerMs = 2 ** 31 - 1

export class TimeLimit {
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal
  readonly #now: () => number
  #deadline: number
  #timer: NodeJS.Timeout
  readonly #onStop = () => this.#controller.abort(this.#outer.reason)

  /** `deadline` in epoch milliseconds. `outer` stops everything; its reason becomes this signal's. Throws that reason where it is aborted already. */
  constructor({ deadline, now }: { deadline: number; now: () => number }, outer: AbortSignal) {
    outer.throwIfAborted()
    this.#outer = outer
    this.#now = now
    this.#deadline = deadline
    if (deadline <= now()) this.#controller.abort(ranOut)
    outer.addEventListener('abort', this.#onStop, { once: true })
    this.#timer = this.#start()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether the deadline came before anybody stopped it. */
  get hasRunOut(): boolean {
    return this.signal.reason === ranOut
  }

  /** Epoch milliseconds. */
  get deadline(): number {
    return this.#deadline
  }

  /** Waits for something that is no part of the answer's time: the deadline moves by as much. */
  async without<T>(wait: () => Promise<T>): Promise<T> {
    const since = this.#now()
    clearTimeout(this.#timer)
    try {
      return await wait()
    } finally {
      this.#deadline += this.#now() - since
      this.#timer = this.#start()
    }
  }

  /** To be called when the answer is there or given up: nothing holds on to it afterwards. */
  end(): void {
    clearTimeout(this.#timer)
    this.#outer.removeEventListener('abort', this.#onStop)
  }

  #start(): NodeJS.Timeout {
    const ms = Math.min(Math.max(1, this.#deadline - this.#now()), longestTimerMs)
    return setTimeout(() => this.#controller.abort(ranOut), ms)
  }
}
