/** The port of message batches: many questions sent at once, answered within a day, at half price. */
import type { FailureKind, ItemFailed, ModelUnavailable } from './errors.ts'
import type { Question, Reply } from './question.ts'

/** One request of a batch. */
export interface BatchedQuestion {
  /** By which its result is found: 1 to 64 of `a-z A-Z 0-9 _ -`, once in a batch. */
  custom_id: string
  question: Question
}

/** A batch as the API says it stands. */
export interface MessageBatch {
  id: string
  /** In the API's word. Only one that has ended has results. */
  status: string
  hasEnded: boolean
  requests: number
  /** UTC, by the API's clock. */
  created_at: string
  /** UTC: what is not answered by then never will be. */
  expires_at: string
}

/**
 * What came of one request. `again`: nothing was billed, and it may be asked for again. `stop`: no other request would get an
 * answer either.
 */
export type BatchResult = { custom_id: string } & (
  | { outcome: 'succeeded'; reply: Reply }
  | { outcome: 'again'; why: 'expired' | 'canceled' | 'server' }
  | { outcome: 'failed'; failure: ItemFailed }
  | { outcome: 'stop'; error: ModelUnavailable }
)

/** Each call is made once; what it throws says whether another try makes sense. */
export interface MessageBatches {
  /** The most that one batch may have: requests, and bytes of them all. */
  readonly most: { requests: number; bytes: number }
  /** Bytes that a request takes in a batch. */
  bytesOf(request: BatchedQuestion): number
  /**
   * Sends a batch. The requests are streamed, so that memory does not grow with them; whoever signs them goes through them twice.
   * Throws BatchCallFailed (`unsent` says whether it is certain that there is no batch now), ModelUnavailable, or the reason of `signal`.
   */
  create(requests: AsyncIterable<BatchedQuestion>, signal: AbortSignal): Promise<MessageBatch>
  /** Throws BatchCallFailed, ModelUnavailable, or the reason of `signal`. */
  look(id: string, signal: AbortSignal): Promise<MessageBatch>
  /** The results of a batch that has ended, in any order; `model` was asked. Throws as `look`, before the first or between any two. */
  results(batch: { id: string; model: string }, signal: AbortSignal): AsyncIterable<BatchResult>
  /** Asks for the end of a batch; what is under way may still be answered. Throws as `look`. */
  cancel(id: string, signal: AbortSignal): Promise<MessageBatch>
  /** The batches of the account's workspace, the newest first, whoever sent them. Throws as `look`. */
  list(signal: AbortSignal): AsyncIterable<MessageBatch>
}

interface CallFailure {
  kind: FailureKind
  /** The API knows no such batch, or no message batches at all. */
  isNotFound: boolean
  /** The body has more bytes than the API takes. */
  isTooLarge: boolean
  /** Whether another try may succeed. */
  mayPass: boolean
  /** Whether it is certain that the API did nothing. */
  unsent: boolean
  /** How long the API asks to wait, in milliseconds. */
  retryAfterMs: number | null
}

/** Thrown if a call about message batches got no answer, or one that may be another later. */
export class BatchCallFailed extends Error implements CallFailure {
  override readonly name = 'BatchCallFailed'
  readonly kind: FailureKind
  readonly isNotFound: boolean
  readonly isTooLarge: boolean
  readonly mayPass: boolean
  readonly unsent: boolean
  readonly retryAfterMs: number | null

  /** `message`: the beginning of a sentence, without its full stop. */
  constructor(message: string, { cause, ...details }: CallFailure & { cause?: unknown }) {
    super(message.toWellFormed(), { cause })
    this.kind = details.kind
    this.isNotFound = details.isNotFound
    this.isTooLarge = details.isTooLarge
    this.mayPass = details.mayPass
    this.unsent = details.unsent
    this.retryAfterMs = details.retryAfterMs
  }
}
