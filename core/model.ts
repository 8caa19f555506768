/** The port of a model: the live API, or the offline stand-in. */
import type { MessageBatches } from './message-batches.ts'
import type { Question, Reply } from './question.ts'

export type { Question, QuestionSettings, Reply, TokenCounts, Turn } from './question.ts'

/** A call that failed and is made again. */
export interface Retry {
  attempt: number
  wait_ms: number
  kind: string
  message: string
}

/** An outage of the API, while the run waits for its end. */
export interface Outage {
  /** Epoch milliseconds. */
  since: number
  /** What the last call met, as the beginning of a sentence without its full stop. */
  reason: string
  /** Milliseconds until one call looks whether it is over. */
  next_ms: number
}

/**
 * What one call came to: a reply with its usage, a refusal that is not billed, or unknown, as after a broken connection.
 */
export type Outcome = Pick<Reply, 'model' | 'tokens'> | 'unbilled' | 'unknown'

/** How one question is asked. */
export interface AskOptions {
  /**
   * Latest moment for this answer; it covers waits and stalled bodies, but no outage of the API. In milliseconds of
   * `performance.timeOrigin + performance.now()`: epoch milliseconds that stay true if the clock is set meanwhile.
   */
  deadline: number
  /** Aborts everything under way: a second Ctrl-C, or a writer that was replaced. */
  signal: AbortSignal
  /** Aborted: a call that waits for the end of an outage is not made, and the signal's reason is thrown. */
  stop?: AbortSignal
  /** Called before each wait. */
  onRetry: (retry: Retry) => void
  /** Called when an outage begins, after each check whether it is over, and with null when it is. */
  onOutage?: (outage: Outage | null) => void
  /** After an outage of so long, in milliseconds, ModelUnavailable is thrown. Default: it is waited for without end. */
  giveUpAfterMs?: number
  /** Epoch milliseconds at which others saw an outage begin, if nothing was answered since. */
  outageSince?: number
  /**
   * If the run has a limit: to be awaited before each call goes out, tries included. It waits until there is money for the
   * call, which is no part of the answer's time, or throws; then no call may go out. What it resolves with is to be told what
   * the call came to.
   */
  attempt?: () => Promise<(outcome: Outcome) => Promise<void>>
}

/** How many replies to one question a model may ask for that cannot be read: each of them is paid for. */
export const mostUnreadable = 2

/** A model that answers one question at a time. */
export interface AnsweringModel {
  /** True for the offline stand-in: its answers are made up, and the documents say so. */
  readonly standIn: boolean
  /**
   * Asks once and waits for the reply, retrying what can be retried and waiting for the end of an outage.
   * Throws ItemFailed (this item gets no reply; `attempts` says how often it was tried) or ModelUnavailable (nor would any other).
   */
  ask(question: Question, options: AskOptions): Promise<Reply>
  /** The limit of the API that holds calls back right now, in words (`input tokens per minute`), or null. */
  heldBack?(): string | null
  /**
   * Counts the input tokens of a question, if that is possible. Nothing is billed.
   * Throws ItemFailed (this one cannot be counted) or ModelUnavailable (nor could any other).
   */
  countTokens?(question: Question, options: Pick<AskOptions, 'deadline' | 'signal' | 'onRetry'>): Promise<number>
}

export interface Model extends AnsweringModel {
  /** Asks at half price. Absent if that is not possible. */
  readonly batches?: MessageBatches
}
