/** How long one Lambda call may work on its chunk, as two abort signals. */
import { RunInterrupted } from '../core/errors.ts'

/** Reserved for closing: writing the part and the log, and answering the state machine. */
const closingMs = 10_000
/**
 * New calls begin in this share of the time; the rest is for calls under way. Of 900 s, an answer gets 445 s. 224 s are
 * enough for 4096 tokens. An answer that is cut off is paid for and asked for again, so chunks are handed back a little earlier.
 */
const beginningShare = 0.5

/** Share of a call's time for one answer: an answer asked for at the start ends within the call, as an answer or as a failure. */
const answerShare = 0.9

export class ChunkTime {
  /** Longest time for one answer. Without it, an item that gets no reply would be handed back forever. */
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
