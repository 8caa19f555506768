/** Asks Claude. One policy decides what is tried again (models/calls/retry.ts); here is the waiting, the deadline and the pace. */
import { setTimeout as wait } from 'node:timers/promises'
import { type FailureKind, ItemFailed, ModelUnavailable } from '../../core/errors.ts'
import type { AskOptions, Model, Outcome, Question, Reply } from '../../core/model.ts'
import { monotonic } from '../calls/monotonic.ts'
import { OutageGate, type Pass, type Passenger } from '../calls/outage-gate.ts'
import { Pace, type Turn } from '../calls/pace.ts'
import { proxiesIn, Redaction, redacting } from '../calls/redaction.ts'
import { asksTooLong, cause, decideRetry, failureKind, outOfTime, type Trouble } from '../calls/retry.ts'
import { TimeLimit } from '../calls/time-limit.ts'
import { openTransport, type Transport } from '../calls/transport.ts'
import type { Api, OnHeaders, Posted } from './api.ts'
import { outcomeOf, requestIdIn, troubleIn } from './api-errors.ts'
import { keyIn, keyProblem } from './api-key.ts'
import { type ApiRequest, apiRequest } from './api-request.ts'
import { ClientApi, type MakeClient } from './client-api.ts'
import { countTokens } from './count-tokens.ts'
import { KeyedApi } from './keyed-api.ts'
import { RateLimits } from './rate-limits.ts'
import { type ReadReply, readReply } from './reply.ts'
import { retryRules } from './retry-rules.ts'

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
  /** Milliseconds of the clock of deadlines. Default: of one that is never set. */
  now?: () => number
  /** Epoch milliseconds, as servers say moments. Default: Date.now. */
  wall?: () => number
  /** Where proxies are named. Default: process.env. */
  environment?: NodeJS.ProcessEnv
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

/** One question on its way, with what came of its calls so far. */
interface Asking extends Passenger {
  question: Question
  request: ApiRequest
  mayCall: () => Promise<Settle>
  started: number
  firstCall: number
  attempts: number
  /** Replies that could not be read. */
  unreadable: number
  isCalling: boolean
  last: Failed | null
}

/** So many replies, and none that could be read: the others would be paid for and lost alike. */
const unreadableAtFirst = 5
/** The same after others could be read: something came between. */
const unreadableInARow = 20

export class LiveModel implements Model {
  readonly standIn = false
  readonly #keyFrom: string
  readonly #api: Api
  readonly #transport: Transport
  readonly #redaction: Redaction
  readonly #pace: Pace
  readonly #gate: OutageGate
  readonly #rateLimits = new RateLimits()
  readonly #attemptMs: (maxTokens: number) => number
  readonly #now: () => number
  readonly #wall: () => number
  readonly #sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  readonly #random: () => number
  #hasRead = false
  #unreadable = 0

  /** Throws ModelUnavailable for a key that cannot be sent. */
  constructor(options: LiveModelOptions) {
    const { keyFrom = 'ANTHROPIC_API_KEY', baseURL, environment = process.env } = options
    this.#keyFrom = keyFrom
    const apiKey = options.client === undefined ? sendableKey(options.apiKey ?? '', keyFrom) : null
    this.#redaction = new Redaction({ apiKey, addresses: [baseURL, ...proxiesIn(environment)] })
    this.#attemptMs = options.attemptMs ?? usualAttemptMs
    this.#now = options.now ?? monotonic
    this.#wall = options.wall ?? Date.now
    this.#sleep = options.sleep ?? usualSleep
    this.#random = options.random ?? Math.random
    this.#transport = redacting(options.transport ?? openTransport(environment), this.#redaction)
    const { concurrency: most = 1000 } = options
    this.#pace = new Pace({ most, now: this.#now, sleep: (ms) => this.#sleep(ms) })
    this.#gate = new OutageGate({ now: this.#now, wall: this.#wall, sleep: this.#sleep })
    this.#api = this.#openApi(options, apiKey)
  }

  #openApi({ client, baseURL = 'https://api.anthropic.com' }: LiveModelOptions, apiKey: string | null): Api {
    const tools = { transport: this.#transport, onHeaders: this.#noteLimits }
    if (client !== undefined) return new ClientApi(client, tools)
    return new KeyedApi({ apiKey: apiKey ?? '', baseURL }, tools)
  }

  /** What is thrown holds no secret, whoever made it. */
  async ask(question: Question, options: AskOptions): Promise<Reply> {
    const asking = this.#begin(question, options)
    try {
      return await this.#answer(asking, options.onRetry)
    } catch (error) {
      throw this.#redaction.error(this.#failure(asking, options, error))
    } finally {
      asking.limit.end()
      this.#gate.leave(asking)
    }
  }

  #begin(question: Question, { deadline, signal, attempt: reserve, ...outage }: AskOptions): Asking {
    const started = this.#now()
    const limit = new TimeLimit({ deadline, now: this.#now }, signal)
    const asking: Asking = {
      ...{ question, request: apiRequest(question), limit },
      ...outage,
      mayCall: reserve === undefined ? nothingToSettle : () => limit.without(reserve),
      ...{ started, firstCall: started, attempts: 0, tries: 0, unreadable: 0, isCalling: false },
      ...{ answersBefore: null, last: null },
    }
    this.#gate.enter(asking)
    return asking
  }

  async #answer(asking: Asking, onRetry: AskOptions['onRetry']): Promise<Reply> {
    for (;;) {
      const result = await this.#attempt(asking)
      const { attempts, firstCall } = asking
      if ('text' in result) {
        const cost = asking.unreadable > 0 ? { cost_unknown: true } : {}
        return { ...result, ...cost, attempts, milliseconds: Math.round(this.#now() - firstCall) }
      }
      if (result.isAway) continue
      const wait_ms = this.#waitBefore(asking, result)
      if (wait_ms === null) continue
      onRetry({ attempt: attempts, wait_ms, kind: failureKind(result.trouble), message: cause(result.trouble) })
      await this.#sleep(wait_ms, asking.limit.signal)
    }
  }

  /** What ends an ask: what was thrown, or that its time is over. */
  #failure(asking: Asking, { signal, deadline }: AskOptions, error: unknown): unknown {
    const { limit, attempts, started, last, isCalling } = asking
    if (!limit.signal.aborted) return error
    if (!limit.hasRunOut) return signal.reason
    const { kind, message } = outOfTime({
      ...{ attempts, ms: deadline - started },
      ...{ last: last?.trouble ?? null, calling: isCalling },
    })
    return this.#itemFailed(asking, { kind, message, error: last?.error })
  }

  #itemFailed(
    { attempts, unreadable }: Asking,
    { kind, message, error }: { kind: FailureKind; message: string; error: unknown },
  ): ItemFailed {
    const request_id = requestIdIn(error)
    return new ItemFailed(kind, message, { attempts, request_id, cost_unknown: unreadable > 0, cause: error })
  }

  async countTokens(question: Question, options: Pick<AskOptions, 'deadline' | 'signal' | 'onRetry'>): Promise<number> {
    try {
      return await countTokens(question, options, {
        post: async (path, body, signal) =>
          (await this.#api.post(path, body, { signal, timeoutMs: longestCountMs })).body,
        troubleIn: (error) => this.#troubleIn(error),
        now: this.#now,
        sleep: this.#sleep,
        random: this.#random,
      })
    } catch (error) {
      throw this.#redaction.error(error)
    }
  }

  heldBack(): string | null {
    return this.#rateLimits.holding(this.#now())
  }

  /** Slows down before the wall: what is left until a limit is full again is spread over that time. */
  readonly #noteLimits: OnHeaders = (headers) => {
    this.#rateLimits.note(headers, { now: this.#now(), wall: this.#wall() })
    this.#pace.spread(this.#rateLimits.interval(this.#now()))
  }

  /** Ends idle connections and those under way. */
  close(): Promise<void> {
    return this.#transport.close()
  }

  /** One call, as soon as pace, gate and budget allow it. Throws when a signal aborts, and for mistakes in our code. */
  async #attempt(asking: Asking): Promise<ReadReply | (Failed & { isAway: boolean })> {
    const { pass, turn, settle } = await this.#mayGoOut(asking)
    asking.isCalling = true
    asking.tries += 1
    if (++asking.attempts === 1) asking.firstCall = this.#now()
    const result = await this.#call(asking, turn).catch(async (error: unknown) => {
      this.#gate.lost(pass)
      await settle('unknown')
      throw error
    })
    asking.isCalling = false
    if ('text' in result) {
      this.#gate.answered(asking, pass)
      await settle(result.cost_unknown ? 'unknown' : { model: result.model, tokens: result.tokens })
      return result
    }
    asking.last = result
    const isAway = this.#gate.failed(asking, result.trouble, pass)
    // While the gate is shut it alone holds back, or a run that is given up would still wait here.
    if (isAway) this.#pace.release()
    await settle(outcomeOf(result.trouble, result.error))
    this.#noteUnreadable(asking, result)
    return { ...result, isAway }
  }

  /** The money last: a call that something else holds back must not keep it from others. */
  async #mayGoOut(asking: Asking): Promise<{ turn: Turn; pass: Pass; settle: Settle }> {
    const turn = await this.#pace.enter(asking.limit.signal)
    let pass: Pass | null = null
    try {
      pass = await this.#gate.pass(asking)
      return { turn, pass, settle: await asking.mayCall() }
    } catch (error) {
      if (pass !== null) this.#gate.lost(pass)
      turn.ended()
      throw error
    }
  }

  async #call({ request, limit }: Asking, turn: Turn): Promise<ReadReply | Failed> {
    try {
      const reply = readReply(await this.#post(request, limit.signal), {
        model: request.model,
        clear: (text) => this.#redaction.text(text),
      })
      this.#noteUse(reply)
      turn.succeeded()
      return reply
    } catch (error) {
      const trouble = limit.signal.aborted ? undefined : this.#troubleIn(error)
      this.#slowDown(trouble)
      if (isTooMuch(trouble)) turn.tooMuch()
      else turn.ended()
      if (trouble === undefined) throw error
      return { trouble, error }
    }
  }

  /** Throws ModelUnavailable where replies come and none of them can be read: each is paid for. */
  #noteUnreadable(asking: Asking, { trouble, error }: Failed): void {
    if (trouble.what !== 'bad_response') return
    asking.unreadable += 1
    this.#unreadable += 1
    if (this.#unreadable < (this.#hasRead ? unreadableInARow : unreadableAtFirst)) return
    const which = this.#hasRead ? `The last ${this.#unreadable} replies` : `All ${this.#unreadable} replies so far`
    const message = `${which} could not be read, so the run ends before more are paid for. ${cause(trouble)}. Look at what stands between you and the API (ANTHROPIC_BASE_URL, a proxy), then resume the run.`
    const failure = this.#itemFailed(asking, { kind: 'bad_response', message: `${cause(trouble)}.`, error })
    throw new ModelUnavailable(message, { cause: error, failure })
  }

  #post(body: ApiRequest, signal: AbortSignal): Promise<Posted> {
    return this.#api.post('/v1/messages', body, { signal, timeoutMs: Math.ceil(this.#attemptMs(body.max_tokens)) })
  }

  #noteUse({ tokens }: ReadReply): void {
    this.#hasRead = true
    this.#unreadable = 0
    // What is read from the cache does not count to the limit of input tokens.
    this.#rateLimits.used(tokens.input_tokens + tokens.cache_write_tokens, tokens.output_tokens)
  }

  /** Errors that the SDK makes, and texts of a 200 that is no message, have not passed the transport. */
  #troubleIn(error: unknown): Trouble | undefined {
    return troubleIn(this.#redaction.error(error), this.#wall())
  }

  #slowDown(trouble: Trouble | undefined): void {
    if (trouble?.what !== 'status' || trouble.status !== 429 || trouble.retryAfterMs === null) return
    // What asks for longer is the gate's.
    if (!asksTooLong(trouble)) this.#pace.holdBackUntil(this.#now() + trouble.retryAfterMs)
  }

  /** Null where it is the API that is away: no time goes by, and the gate says when to go on. */
  #waitBefore(asking: Asking, { trouble, error }: Failed): number | null {
    const { question, limit, tries, unreadable } = asking
    const decision = decideRetry(trouble, {
      ...{ attempt: tries, unreadable, now: this.#now(), deadline: limit.deadline },
      ...{ random: this.#random(), rules: retryRules({ model: question.model, keyFrom: this.#keyFrom }) },
    })
    if (decision.do === 'wait') return decision.ms
    if (decision.do === 'stop') throw new ModelUnavailable(decision.message, { cause: error })
    if (this.#gate.isAwayAfterAll(asking, trouble)) {
      this.#pace.release()
      return null
    }
    throw this.#itemFailed(asking, { kind: decision.kind, message: decision.message, error })
  }
}

function isTooMuch(trouble: Trouble | undefined): boolean {
  return trouble?.what === 'status' && (trouble.status === 429 || trouble.status === 529)
}

function sendableKey(pasted: string, keyFrom: string): string {
  const { key, problem } = keyIn(pasted)
  if (key === null) throw new ModelUnavailable(keyProblem(problem, keyFrom))
  return key
}
