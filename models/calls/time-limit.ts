/** The time one answer may take: a signal that aborts at its deadline, or when everything is stopped. */
import { Alarm } from './alarm.ts'

/** Reason of an abort by the deadline. */
const ranOut = Symbol('the time ran out')

export class TimeLimit {
  readonly #controller = new AbortController()
  readonly #outer: AbortSignal
  readonly #now: () => number
  #deadline: number
  #alarm: Alarm | null = null
  /** How many reasons there are not to count the time, and since when there is one. */
  #holds = 0
  #heldSince = 0
  #hasEnded = false
  readonly #onStop = () => this.#controller.abort(this.#outer.reason)

  /**
   * `deadline` in milliseconds of `now`, a clock that is never set. `outer` stops everything; its reason becomes this signal's.
   * Throws that reason where it is aborted already.
   */
  constructor({ deadline, now }: { deadline: number; now: () => number }, outer: AbortSignal) {
    outer.throwIfAborted()
    this.#outer = outer
    this.#now = now
    this.#deadline = deadline
    if (deadline <= now()) this.#controller.abort(ranOut)
    outer.addEventListener('abort', this.#onStop, { once: true })
    this.#start()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether the deadline came before anybody stopped it. */
  get hasRunOut(): boolean {
    return this.signal.reason === ranOut
  }

  /** In milliseconds of `now`. */
  get deadline(): number {
    return this.#holds === 0 ? this.#deadline : this.#deadline + this.#now() - this.#heldSince
  }

  /** From now on no time of the answer goes by, until `goOn` was called as often. */
  hold(): void {
    if (this.#holds++ > 0) return
    this.#heldSince = this.#now()
    this.#alarm?.end()
  }

  goOn(): void {
    if (--this.#holds > 0) return
    this.#deadline += this.#now() - this.#heldSince
    this.#start()
  }

  /** Waits for something that is no part of the answer's time: the deadline moves by as much. */
  async without<T>(wait: () => Promise<T>): Promise<T> {
    this.hold()
    try {
      return await wait()
    } finally {
      this.goOn()
    }
  }

  /** To be called when the answer is there or given up: nothing holds on to it afterwards. */
  end(): void {
    this.#hasEnded = true
    this.#alarm?.end()
    this.#outer.removeEventListener('abort', this.#onStop)
  }

  #start(): void {
    if (this.#hasEnded) return
    this.#alarm = new Alarm(this.#deadline - this.#now(), () => this.#controller.abort(ranOut))
  }
}
