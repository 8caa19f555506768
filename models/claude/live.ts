/** Asks Claude until there is a reply or no hope of one. models/calls/retry.ts decides what is tried again; caller.ts makes the calls. */
import { type FailureKind, ItemFailed, ModelUnavailable } from '../../core/errors.ts'
import type { MessageBatches } from '../../core/message-batches.ts'
import type { AskOptions, Model, Question, Reply } from '../../core/model.ts'
import { cause, decideRetry, failureKind, outOfTime } from '../calls/retry.ts'
import { TimeLimit } from '../calls/time-limit.ts'
import { requestIdIn } from './api-errors.ts'
import { apiRequest } from './api-request.ts'
import { type Asking, Caller, type Failed } from './caller.ts'
import { countTokens } from './count-tokens.ts'
import { type Clocks, clocksIn, type LiveModelOptions } from './live-options.ts'
import { retryRules } from './retry-rules.ts'
import { UnreadableReplies } from './unreadable-replies.ts'

// Counting takes some tenths of a second.
const longestCountMs = 10_000

const nothingToSettle = async () => async () => {}

export class LiveModel implements Model {
  readonly standIn = false
  readonly batches: MessageBatches
  readonly #keyFrom: string | undefined
  readonly #caller: Caller
  readonly #unreadable = new UnreadableReplies()
  readonly #clocks: Clocks
  readonly #random: () => number

  /** Throws ModelUnavailable for a key that cannot be sent. */
  constructor(options: LiveModelOptions) {
    this.#keyFrom = options.keyFrom
    this.#clocks = clocksIn(options)
    this.#random = options.random ?? Math.random
    this.#caller = new Caller(options)
    this.batches = this.#caller.batches
  }

  /** What is thrown holds no secret, whoever made it. */
  async ask(question: Question, options: AskOptions): Promise<Reply> {
    const asking = this.#begin(question, options)
    try {
      return await this.#answer(asking, options.onRetry)
    } catch (error) {
      throw this.#caller.redaction.error(this.#failure(asking, options, error))
    } finally {
      asking.limit.end()
      this.#caller.leave(asking)
    }
  }

  #begin(question: Question, { deadline, signal, attempt: reserve, ...outage }: AskOptions): Asking {
    const started = this.#clocks.now()
    const limit = new TimeLimit({ deadline, now: this.#clocks.now }, signal)
    const asking: Asking = {
      ...{ question, request: apiRequest(question), limit },
      ...outage,
      mayCall: reserve === undefined ? nothingToSettle : () => limit.without(reserve),
      ...{ started, firstCall: started, attempts: 0, tries: 0, unreadable: 0, isCalling: false },
      ...{ answersBefore: null, last: null },
    }
    this.#caller.enter(asking)
    return asking
  }

  async #answer(asking: Asking, onRetry: AskOptions['onRetry']): Promise<Reply> {
    for (;;) {
      const result = await this.#caller.call(asking)
      const { attempts, firstCall } = asking
      if ('text' in result) {
        this.#unreadable.couldRead()
        const cost = asking.unreadable > 0 ? { cost_unknown: true } : {}
        return { ...result, ...cost, attempts, milliseconds: Math.round(this.#clocks.now() - firstCall) }
      }
      this.#noteUnreadable(asking, result)
      if (result.isAway) continue
      const wait_ms = this.#waitBefore(asking, result)
      if (wait_ms === null) continue
      onRetry({ attempt: attempts, wait_ms, kind: failureKind(result.callError), message: cause(result.callError) })
      await this.#clocks.sleep(wait_ms, asking.limit.signal)
    }
  }

  /** Throws ModelUnavailable if replies come and none of them can be read. */
  #noteUnreadable(asking: Asking, { callError, error }: Failed): void {
    if (callError.what !== 'bad_response') return
    asking.unreadable += 1
    const message = this.#unreadable.couldNotRead(callError)
    if (message === null) return
    const failure = itemFailed(asking, { kind: 'bad_response', message: `${cause(callError)}.`, error })
    throw new ModelUnavailable(message, { cause: error, failure })
  }

  /** Null if it is the API that is away: no time goes by, and the gate says when to continue. */
  #waitBefore(asking: Asking, { callError, error }: Failed): number | null {
    const { question, limit, tries, unreadable } = asking
    const decision = decideRetry(callError, {
      ...{ attempt: tries, unreadable, now: this.#clocks.now(), deadline: limit.deadline },
      ...{ random: this.#random(), rules: retryRules({ model: question.model, keyFrom: this.#keyFrom }) },
    })
    if (decision.do === 'wait') return decision.ms
    if (decision.do === 'stop') throw new ModelUnavailable(decision.message, { cause: error })
    if (this.#caller.isAwayAfterAll(asking, callError)) return null
    throw itemFailed(asking, { kind: decision.kind, message: decision.message, error })
  }

  /** What ends an ask: what was thrown, or that its time is over. */
  #failure(asking: Asking, { signal, deadline }: AskOptions, error: unknown): unknown {
    const { limit, attempts, started, last, isCalling } = asking
    if (!limit.signal.aborted) return error
    if (!limit.hasRunOut) return signal.reason
    const { kind, message } = outOfTime({
      ...{ attempts, ms: deadline - started },
      ...{ last: last?.callError ?? null, calling: isCalling },
    })
    return itemFailed(asking, { kind, message, error: last?.error })
  }

  async countTokens(question: Question, options: Pick<AskOptions, 'deadline' | 'signal' | 'onRetry'>): Promise<number> {
    const { now, sleep } = this.#clocks
    try {
      return await countTokens(question, options, {
        post: (path, body, signal) => this.#caller.post(path, body, { signal, timeoutMs: longestCountMs }),
        callErrorIn: (error) => this.#caller.callErrorIn(error),
        ...{ now, sleep, random: this.#random },
      })
    } catch (error) {
      throw this.#caller.redaction.error(error)
    }
  }

  heldBack(): string | null {
    return this.#caller.heldBack()
  }

  /** Ends idle connections and those under way. */
  close(): Promise<void> {
    return this.#caller.close()
  }
}

function itemFailed(
  { attempts, unreadable }: Asking,
  { kind, message, error }: { kind: FailureKind; message: string; error: unknown },
): ItemFailed {
  const request_id = requestIdIn(error)
  return new ItemFailed(kind, message, { attempts, request_id, cost_unknown: unreadable > 0, cause: error })
}
