/** The time that a call of a Lambda has for its batch, as two signals. */
import { RunInterrupted } from '../core/errors.ts'

/** What is kept back for the ends of things: the part, the log, the answer to the state machine. */
const closingMs = 10_000
/** A call that begins has this long at least, but for Lambdas that are made short: an answer of 4096 tokens takes up to 224 s. */
const callMs = 240_000

export class BatchTime {
  readonly #short = new AbortController()
  readonly #over = new AbortController()
  readonly #timers: NodeJS.Timeout[]

  /** `remainingMs`: until the platform ends the Lambda. */
  constructor(remainingMs: number) {
    const overMs = remainingMs - Math.min(closingMs, remainingMs / 4)
    const shortMs = overMs - Math.min(callMs, overMs / 2)
    this.#timers = [
      setTimeout(() => this.#short.abort(new RunInterrupted('The time of this call is nearly over.')), shortMs),
      setTimeout(() => this.#over.abort(new RunInterrupted('The time of this call is over.')), overMs),
    ]
  }

  /** Aborts when no new call to the model should begin. */
  get short(): AbortSignal {
    return this.#short.signal
  }

  /** Aborts when calls under way must end: they are asked for again, and may be paid for twice. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
