/** Asks Claude. One policy decides what is tried again (core/retry.ts); here is the waiting, the deadline and the pace. */
import { setTimeout as wait } from 'node:timers/promises'
import { BaseAnthropic } from '@anthropic-ai/sdk/client'
import { ItemFailed, ModelUnavailable } from '../core/errors.ts'
import type { AskOptions, Model, Question, Reply } from '../core/model.ts'
import { cause, decideRetry, failureKind, outOfTime, type Trouble } from '../core/retry.ts'
import { type ApiRequest, apiRequest } from './api-request.ts'
import { Pace } from './pace.ts'
import { type ReadReply, readReply } from './reply.ts'
import { TimeLimit } from './time-limit.ts'
import { openTransport, type Transport } from './transport.ts'
import { requestIdIn, troubleIn } from './trouble.ts'

export interface LiveModelOptions {
  /** From ANTHROPIC_API_KEY. Never written, logged or put into a message. */
  apiKey: string
  /** Default: https://api.anthropic.com. */
  baseURL?: string
  /** Most calls at once, over all steps. Default: 1000, the most that a step may have. */
  concurrency?: number
  /** Longest time for one attempt, in milliseconds; the deadline limits all of them. */
  attemptMs?: (maxTokens: number) => number
  transport?: Transport
  now?: () => number
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
  random?: () => number
}

/** A minute, and time for every token at 25 tokens a second, slower than any current model: 224 s for 4096. */
const usualAttemptMs = (maxTokens: number) => 60_000 + (maxTokens / 25) * 1000

// Without a signal nobody waits for it alone, so it does not keep the process alive.
const usualSleep = (ms: number, signal?: AbortSignal) => wait(ms, undefined, signal ? { signal } : { ref: false })

interface Failed {
  trouble: Trouble
  error: unknown
}

export class LiveModel implements Model {
  readonly standIn = false
  readonly #apiKey: string
  readonly #client: BaseAnthropic
  readonly #transport: Transport
  readonly #pace: Pace
  readonly #attemptMs: (maxTokens: number) => number
  readonly #now: () => number
  readonly #sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  readonly #random: () => number

  /** Throws ModelUnavailable for a key that cannot be sent. */
  constructor(options: LiveModelOptions) {
    this.#apiKey = sendableKey(options.apiKey)
    this.#attemptMs = options.attemptMs ?? usualAttemptMs
    this.#now = options.now ?? Date.now
    this.#sleep = options.sleep ?? usualSleep
    this.#random = options.random ?? Math.random
    this.#transport = options.transport ?? openTransport()
    this.#pace = new Pace({ most: options.concurrency ?? 1000, now: this.#now, sleep: this.#sleep })
    this.#client = new BaseAnthropic({
      apiKey: this.#apiKey,
      baseURL: options.baseURL ?? 'https://api.anthropic.com',
      maxRetries: 0,
      openTelemetry: false,
      logLevel: 'warn',
      fetch: this.#transport.fetch,
    })
  }

  async ask(question: Question, { deadline, signal, onRetry }: AskOptions): Promise<Reply> {
    const started = this.#now()
    const limit = new TimeLimit(deadline - started, signal)
    const request = apiRequest(question)
    let last: Failed | null = null
    let attempt = 0
    let calling = false
    let firstCall = started
    try {
      for (;;) {
        const result = await this.#attempt(request, limit.signal, () => {
          calling = true
          if (++attempt === 1) firstCall = this.#now()
        })
        calling = false
        if ('text' in result) return { ...result, attempts: attempt, milliseconds: Math.round(this.#now() - firstCall) }
        last = result
        const ms = this.#waitBefore(attempt, result, { question, deadline })
        onRetry({ attempt, wait_ms: ms, kind: failureKind(result.trouble), message: cause(result.trouble) })
        await this.#sleep(ms, limit.signal)
      }
    } catch (error) {
      if (!limit.signal.aborted) throw error
      if (!limit.hasRunOut) throw signal.reason
      const { kind, message } = outOfTime({
        attempts: attempt,
        ms: deadline - started,
        last: last?.trouble ?? null,
        calling,
      })
      throw new ItemFailed(kind, message, {
        attempts: attempt,
        request_id: requestIdIn(last?.error),
        cause: last?.error,
      })
    } finally {
      limit.end()
    }
  }

  /** Ends idle connections and those under way. */
  close(): Promise<void> {
    return this.#transport.close()
  }

  /** One call, as soon as the pace allows it. Throws when the signal aborts, and for mistakes in our code. */
  async #attempt(request: ApiRequest, signal: AbortSignal, onCall: () => void): Promise<ReadReply | Failed> {
    const turn = await this.#pace.enter(signal)
    onCall()
    try {
      const reply = readReply(await this.#post(request, signal))
      turn.succeeded()
      return reply
    } catch (error) {
      const trouble = signal.aborted ? undefined : this.#troubleIn(error)
      this.#slowDown(trouble)
      if (isTooMuch(trouble)) turn.tooMuch()
      else turn.ended()
      if (trouble === undefined) throw error
      return { trouble, error }
    }
  }

  // `messages.create` is this plus a console.warn on every call to a deprecated model: 100,000 lines in a long run.
  #post(body: ApiRequest, signal: AbortSignal): Promise<unknown> {
    return this.#client.post('/v1/messages', { body, signal, timeout: Math.ceil(this.#attemptMs(body.max_tokens)) })
  }

  #troubleIn(error: unknown): Trouble | undefined {
    const trouble = troubleIn(error, this.#now())
    // No API should repeat the key in its messages, but a proxy may.
    return trouble && { ...trouble, message: trouble.message.replaceAll(this.#apiKey, '[key]') }
  }

  #slowDown(trouble: Trouble | undefined): void {
    if (trouble?.what !== 'status' || trouble.status !== 429 || trouble.retryAfterMs === null) return
    this.#pace.holdBackUntil(this.#now() + trouble.retryAfterMs)
  }

  #waitBefore(
    attempt: number,
    { trouble, error }: Failed,
    { question, deadline }: { question: Question; deadline: number },
  ): number {
    const { model } = question
    const decision = decideRetry(trouble, { attempt, now: this.#now(), deadline, random: this.#random(), model })
    if (decision.do === 'wait') return decision.ms
    if (decision.do === 'stop') throw new ModelUnavailable(decision.message, { cause: error })
    throw new ItemFailed(decision.kind, decision.message, {
      attempts: attempt,
      request_id: requestIdIn(error),
      cause: error,
    })
  }
}

function isTooMuch(trouble: Trouble | undefined): boolean {
  return trouble?.what === 'status' && (trouble.status === 429 || trouble.status === 529)
}

/** The key without the blanks and line ends that copying adds. A character that no header can carry would end up in an error message. */
function sendableKey(key: string): string {
  const trimmed = key.trim()
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed
  const problem = trimmed === '' ? 'is empty' : 'holds characters that cannot be sent'
  throw new ModelUnavailable(
    `The key in ANTHROPIC_API_KEY ${problem}. Expected printable ASCII without blanks. Copy it again from the Claude Console.`,
  )
}
