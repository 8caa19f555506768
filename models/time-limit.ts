/** The time one answer may take: a signal that aborts at its deadline, or when everything is stopped. */

/** Reason of an abort by the deadline. */
const ranOut = Symbol('the time ran out')

// setTimeout fires at once for more than this.
const longestTimerMs = 2 ** 31 - 1

export class TimeLimit {
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal
  readonly #timer: NodeJS.Timeout
  readonly #onStop = () => this.#controller.abort(this.#outer.reason)

  /** `outer` stops everything; its reason becomes this signal's. Throws that reason where it is aborted already. */
  constructor(ms: number, outer: AbortSignal) {
    outer.throwIfAborted()
    this.#outer = outer
    if (ms <= 0) this.#controller.abort(ranOut)
    outer.addEventListener('abort', this.#onStop, { once: true })
    this.#timer = setTimeout(() => this.#controller.abort(ranOut), Math.min(Math.max(1, ms), longestTimerMs))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether the deadline came before anybody stopped it. */
  get hasRunOut(): boolean {
    return this.signal.reason === ranOut
  }

  /** To be called when the answer is there or given up: nothing holds on to it afterwards. */
  end(): void {
    clearTimeout(this.#timer)
    this.#outer.removeEventListener('abort', this.#onStop)
  }
}
