/**
 * Makes single calls: each waits for its turn, for the end of an outage and for money, goes out once, and says what it came to.
 * Long, since turn, outage and money of a call are decided together.
 */
import { ModelUnavailable } from '../../core/errors.ts'
import type { MessageBatches } from '../../core/message-batches.ts'
import type { Outcome, Question } from '../../core/model.ts'
import { OutageGate, type Pass, type Passenger } from '../calls/outage-gate.ts'
import { Pace, type Turn } from '../calls/pace.ts'
import { proxiesIn, Redaction, redacting } from '../calls/redaction.ts'
import { asksTooLong, type CallError } from '../calls/retry.ts'
import { openTransport, type Transport } from '../calls/transport.ts'
import type { Api, OnHeaders } from './api.ts'
import { callErrorIn, outcomeOf } from './api-errors.ts'
import { keyIn, keyProblem } from './api-key.ts'
import type { ApiRequest } from './api-request.ts'
import { ClientApi } from './client-api.ts'
import { KeyedApi } from './keyed-api.ts'
import { type Clocks, clocksIn, type LiveModelOptions, usualAttemptMs } from './live-options.ts'
import { ClaudeBatches } from './message-batches.ts'
import { RateLimits } from './rate-limits.ts'
import { type ReadReply, readReply } from './reply.ts'

/** Told what a call came to, once it is paid for or not. */
type Settle = (outcome: Outcome) => Promise<void>

/** One question on its way, with what came of its calls so far. */
export interface Asking extends Passenger {
  question: Question
  request: ApiRequest
  /** Waits for the money of a call. */
  mayCall: () => Promise<Settle>
  started: number
  firstCall: number
  attempts: number
  /** Replies that could not be read. */
  unreadable: number
  isCalling: boolean
  last: Failed | null
}

export interface Failed {
  callError: CallError
  error: unknown
}

const usualURL = 'https://api.anthropic.com'

export class Caller {
  readonly redaction: Redaction
  readonly batches: MessageBatches
  readonly #api: Api
  readonly #transport: Transport
  readonly #pace: Pace
  readonly #gate: OutageGate
  readonly #rateLimits = new RateLimits()
  readonly #attemptMs: (maxTokens: number) => number
  readonly #clocks: Clocks

  /** Throws ModelUnavailable for a key that cannot be sent. */
  constructor(options: LiveModelOptions) {
    const { keyFrom = 'ANTHROPIC_API_KEY', baseURL, environment = process.env, concurrency: most = 1000 } = options
    const apiKey = options.client === undefined ? sendableKey(options.apiKey ?? '', keyFrom) : null
    this.redaction = new Redaction({ apiKey, addresses: [baseURL, ...proxiesIn(environment)] })
    this.#attemptMs = options.attemptMs ?? usualAttemptMs
    this.#clocks = clocksIn(options)
    const { now, sleep } = this.#clocks
    this.#transport = redacting(options.transport ?? openTransport(environment), this.redaction)
    this.#pace = new Pace({ most, now, sleep: (ms) => sleep(ms) })
    this.#gate = new OutageGate(this.#clocks)
    this.#api = this.#openApi(options, apiKey)
    const { client } = options
    const { redaction } = this
    this.batches = new ClaudeBatches({
      apiKey,
      client,
      keyFrom,
      environment,
      redaction,
      baseURL: options.baseURL ?? usualURL,
      wall: this.#clocks.wall,
    })
  }

  #openApi({ client, baseURL = usualURL }: LiveModelOptions, apiKey: string | null): Api {
    const tools = { transport: this.#transport, onHeaders: this.#noteLimits }
    if (client !== undefined) return new ClientApi(client, tools)
    return new KeyedApi({ apiKey: apiKey ?? '', baseURL }, tools)
  }

  enter(asking: Asking): void {
    this.#gate.enter(asking)
  }

  leave(asking: Asking): void {
    this.#gate.leave(asking)
  }

  /** One call, as soon as pace, gate and budget allow it. Throws when a signal aborts, and for mistakes in our code. */
  async call(asking: Asking): Promise<ReadReply | (Failed & { isAway: boolean })> {
    const { pass, turn, settle } = await this.#mayGoOut(asking)
    asking.isCalling = true
    asking.tries += 1
    if (++asking.attempts === 1) asking.firstCall = this.#clocks.now()
    const result = await this.#send(asking, turn).catch(async (error: unknown) => {
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
    const isAway = this.#gate.failed(asking, result.callError, pass)
    // While the gate is shut it alone holds back, or a run that is given up would still wait here.
    if (isAway) this.#pace.release()
    await settle(outcomeOf(result.callError, result.error))
    return { ...result, isAway }
  }

  /** To be asked before a question is given up: true if it is the API that is away, so that the call is to be made again. */
  isAwayAfterAll(asking: Asking, callError: CallError): boolean {
    const isAway = this.#gate.isAwayAfterAll(asking, callError)
    if (isAway) this.#pace.release()
    return isAway
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

  async #send({ request, limit }: Asking, turn: Turn): Promise<ReadReply | Failed> {
    const timeoutMs = Math.ceil(this.#attemptMs(request.max_tokens))
    try {
      const posted = await this.#api.post('/v1/messages', request, { signal: limit.signal, timeoutMs })
      const reply = readReply(posted, { model: request.model, clear: (text) => this.redaction.text(text) })
      // What is read from the cache does not count to the limit of input tokens.
      this.#rateLimits.used(reply.tokens.input_tokens + reply.tokens.cache_write_tokens, reply.tokens.output_tokens)
      turn.succeeded()
      return reply
    } catch (error) {
      const callError = limit.signal.aborted ? undefined : this.callErrorIn(error)
      this.#slowDown(callError)
      if (isTooMuch(callError)) turn.tooMuch()
      else turn.ended()
      if (callError === undefined) throw error
      return { callError, error }
    }
  }

  /** The body of the response to a request that is no question. Throws the SDK's errors. */
  async post(path: string, body: unknown, options: { signal: AbortSignal; timeoutMs: number }): Promise<unknown> {
    return (await this.#api.post(path, body, options)).body
  }

  /** Errors that the SDK makes, and texts of a 200 that is no message, have not passed the transport. */
  callErrorIn(error: unknown): CallError | undefined {
    return callErrorIn(this.redaction.error(error), this.#clocks.wall())
  }

  #slowDown(callError: CallError | undefined): void {
    if (callError?.what !== 'status' || callError.status !== 429 || callError.retryAfterMs === null) return
    // The gate looks after longer waits.
    if (!asksTooLong(callError)) this.#pace.holdBackUntil(this.#clocks.now() + callError.retryAfterMs)
  }

  /** Slows down before the wall: what is left until a limit is full again is spread over that time. */
  readonly #noteLimits: OnHeaders = (headers) => {
    const now = this.#clocks.now()
    this.#rateLimits.note(headers, { now, wall: this.#clocks.wall() })
    this.#pace.spread(this.#rateLimits.interval(this.#clocks.now()))
  }

  /** The limit that holds calls back right now, in words, or null. */
  heldBack(): string | null {
    return this.#rateLimits.holding(this.#clocks.now())
  }

  /** Ends idle connections and those under way. */
  close(): Promise<void> {
    return this.#transport.close()
  }
}

function isTooMuch(callError: CallError | undefined): boolean {
  return callError?.what === 'status' && (callError.status === 429 || callError.status === 529)
}

function sendableKey(pasted: string, keyFrom: string): string {
  const { key, problem } = keyIn(pasted)
  if (key === null) throw new ModelUnavailable(keyProblem(problem, keyFrom))
  return key
}
