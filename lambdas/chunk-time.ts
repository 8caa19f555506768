/** The time that a call of a Lambda has for its chunk, as two signals. */
import { RunInterrupted } from '../core/errors.ts'

/** What is kept back for the ends of things: the part, the log, the answer to the state machine. */
const closingMs = 10_000
/**
 * In this part of the time calls begin; the rest is for those under way. Of 900 s that is 445 s for an answer, which 224 s are
 * enough for with 4096 tokens: what is cut off is paid for and asked for again. A chunk is handed back a little more often for it.
 */
const beginningShare = 0.5

/** Of the time of a call: an answer that is asked for at its beginning ends in it, as an answer or as a failure. */
const answerShare = 0.9

export class ChunkTime {
  /** Longest time for one answer. Without it an item of which nothing comes would be handed back for ever. */
  readonly longestAnswerMs: number
  readonly #short = new AbortController()
  readonly #over = new AbortController()
  readonly #timers: NodeJS.Timeout[]

  /** `remainingMs`: until the platform ends the Lambda. */
  constructor(remainingMs: number) {
    const overMs = remainingMs - Math.min(closingMs, remainingMs / 4)
    this.longestAnswerMs = overMs * answerShare
    this.#timers = [
      setTimeout(
        () => this.#short.abort(new RunInterrupted('The time of this call is nearly over.')),
        overMs * beginningShare,
      ),
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
