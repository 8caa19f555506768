/** Asks Claude. One policy decides what is tried again (core/retry.ts); here is the waiting, the deadline and the pace. */
import { setTimeout as wait } from 'node:timers/promises'
import { ItemFailed, ModelUnavailable } from '../core/errors.ts'
import type { AskOptions, Model, Outcome, Question, Reply } from '../core/model.ts'
import { cause, decideRetry, failureKind, outOfTime, type Trouble } from '../core/retry.ts'
import type { Api, OnHeaders, Posted } from './api.ts'
import { type ApiRequest, apiRequest } from './api-request.ts'
import { ClientApi, type MakeClient } from './client-api.ts'
import { countTokens } from './count-tokens.ts'
import { KeyedApi } from './keyed-api.ts'
import { Pace, type Turn } from './pace.ts'
import { RateLimits } from './rate-limits.ts'
import { type ReadReply, readReply } from './reply.ts'
import { TimeLimit } from './time-limit.ts'
import { openTransport, type Transport } from './transport.ts'
import { outcomeOf, requestIdIn, troubleIn } from './trouble.ts'

export interface LiveModelOptions {
  /** Never written, logged or put into a message. */
  apiKey?: string
  /** Where the key comes from, in messages. Default: ANTHROPIC_API_KEY. */
  keyFrom?: string
  /** Makes the client where something else than a key opens the API. */
  client?: MakeClient
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

// Counting takes some tenths of a second.
const longestCountMs = 10_000

// Without a signal nobody waits for it alone, so it does not keep the process alive.
const usualSleep = (ms: number, signal?: AbortSignal) => wait(ms, undefined, signal ? { signal } : { ref: false })

type Settle = (outcome: Outcome) => Promise<void>

const nothingToSettle = async (): Promise<Settle> => async () => {}

interface Failed {
  trouble: Trouble
  error: unknown
}

export class LiveModel implements Model {
  readonly standIn = false
  /** Null where no key is used. */
  readonly #apiKey: string | null
  readonly #keyFrom: string
  readonly #api: Api
  readonly #transport: Transport
  readonly #pace: Pace
  readonly #rateLimits = new RateLimits()
  readonly #attemptMs: (maxTokens: number) => number
  readonly #now: () => number
  readonly #sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  readonly #random: () => number

  /** Throws ModelUnavailable for a key that cannot be sent. */
  constructor(options: LiveModelOptions) {
    const { apiKey = '', keyFrom = 'ANTHROPIC_API_KEY' } = options
    this.#keyFrom = keyFrom
    this.#apiKey = options.client === undefined ? sendableKey(apiKey, keyFrom) : null
    this.#attemptMs = options.attemptMs ?? usualAttemptMs
    this.#now = options.now ?? Date.now
    this.#sleep = options.sleep ?? usualSleep
    this.#random = options.random ?? Math.random
    this.#transport = options.transport ?? openTransport()
    this.#pace = new Pace({ most: options.concurrency ?? 1000, now: this.#now, sleep: this.#sleep })
    this.#api = this.#openApi(options)
  }

  #openApi({ client, baseURL = 'https://api.anthropic.com' }: LiveModelOptions): Api {
    const tools = { transport: this.#transport, onHeaders: this.#noteLimits }
    if (client !== undefined) return new ClientApi(client, tools)
    return new KeyedApi({ apiKey: this.#apiKey ?? '', baseURL }, tools)
  }

  async ask(question: Question, { deadline, signal, onRetry, attempt: reserve }: AskOptions): Promise<Reply> {
    const started = this.#now()
    const limit = new TimeLimit({ deadline, now: this.#now }, signal)
    const mayCall = reserve === undefined ? nothingToSettle : () => limit.without(reserve)
    const request = apiRequest(question)
    let last: Failed | null = null
    let attempt = 0
    let calling = false
    let firstCall = started
    try {
      for (;;) {
        const onCall = () => {
          calling = true
          if (++attempt === 1) firstCall = this.#now()
        }
        const result = await this.#attempt(request, limit.signal, { mayCall, onCall })
        calling = false
        if ('text' in result) return { ...result, attempts: attempt, milliseconds: Math.round(this.#now() - firstCall) }
        last = result
        const ms = this.#waitBefore(attempt, result, { question, deadline: limit.deadline })
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

  countTokens(question: Question, options: Pick<AskOptions, 'deadline' | 'signal' | 'onRetry'>): Promise<number> {
    return countTokens(question, options, {
      post: async (path, body, signal) =>
        (await this.#api.post(path, body, { signal, timeoutMs: longestCountMs })).body,
      troubleIn: (error) => this.#troubleIn(error),
      now: this.#now,
      sleep: this.#sleep,
      random: this.#random,
    })
  }

  heldBack(): string | null {
    return this.#rateLimits.holding(this.#now())
  }

  /** Slows down before the wall: what is left until a limit is full again is spread over that time. */
  readonly #noteLimits: OnHeaders = (headers) => {
    this.#rateLimits.note(headers)
    this.#pace.spread(this.#rateLimits.interval(this.#now()))
  }

  /** Ends idle connections and those under way. */
  close(): Promise<void> {
    return this.#transport.close()
  }

  /** One call, as soon as the pace and the budget allow it. Throws when the signal aborts, and for mistakes in our code. */
  async #attempt(
    request: ApiRequest,
    signal: AbortSignal,
    { mayCall, onCall }: { mayCall: () => Promise<Settle>; onCall: () => void },
  ): Promise<ReadReply | Failed> {
    // The money last: a call that the pace holds back must not keep it from others.
    const turn = await this.#pace.enter(signal)
    const settle = await mayCall().catch((error: unknown) => {
      turn.ended()
      throw error
    })
    onCall()
    const result = await this.#call(request, signal, turn).catch(async (error: unknown) => {
      await settle('unknown')
      throw error
    })
    if ('trouble' in result) await settle(outcomeOf(result.trouble, result.error))
    else await settle({ model: result.model, tokens: result.tokens })
    return result
  }

  async #call(request: ApiRequest, signal: AbortSignal, turn: Turn): Promise<ReadReply | Failed> {
    try {
      const reply = readReply(await this.#post(request, signal))
      this.#noteUse(reply)
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

  #post(body: ApiRequest, signal: AbortSignal): Promise<Posted> {
    return this.#api.post('/v1/messages', body, { signal, timeoutMs: Math.ceil(this.#attemptMs(body.max_tokens)) })
  }

  #noteUse({ tokens }: ReadReply): void {
    // What is read from the cache does not count to the limit of input tokens.
    this.#rateLimits.used(tokens.input_tokens + tokens.cache_write_tokens, tokens.output_tokens)
  }

  #troubleIn(error: unknown): Trouble | undefined {
    const trouble = troubleIn(error, this.#now())
    // No API should repeat the key in its messages, but a proxy may.
    const { message } = trouble ?? {}
    if (trouble === undefined || message === undefined || this.#apiKey === null) return trouble
    return { ...trouble, message: message.replaceAll(this.#apiKey, '[key]') }
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
    const random = this.#random()
    const decision = decideRetry(trouble, {
      ...{ attempt, now: this.#now(), deadline, random, model },
      keyFrom: this.#keyFrom,
    })
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
function sendableKey(key: string, keyFrom: string): string {
  const trimmed = key.trim()
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed
  const problem = trimmed === '' ? 'is empty' : 'holds characters that cannot be sent'
  throw new ModelUnavailable(
    `The key in ${keyFrom} ${problem}. Expected printable ASCII without blanks. Copy it again from the Claude Console.`,
  )
}
