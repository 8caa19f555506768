/**
 * A loopback stand-in of Anthropic's API (version 2026-10-21) for tests and benches. It refuses what the API refuses, answers
 * the same prompt the same way, and fails on demand. Alone: `npx node test/anthropic-server.ts --port 0` prints its URL.
 */
import { isUtf8 } from 'node:buffer'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { asksForJson, promptOf, proseTo } from './anthropic-server/answer.ts'
import { checkBody, checkHeaders, type MessageRequest } from './anthropic-server/check-request.ts'
import { type BatchBehaviour, checkBatched, PlayedBatches } from './anthropic-server/message-batches.ts'
import { PromptCache } from './anthropic-server/prompt-cache.ts'
import { Bucket, type RateLimit } from './anthropic-server/rate-limit.ts'
import { badRequest, Refusal } from './anthropic-server/refusal.ts'
import {
  type Exchange,
  type Fault,
  messageFor,
  respond,
  sendError,
  sendJson,
  type Usage,
} from './anthropic-server/respond.ts'
import { batchesPath, serveBatches } from './anthropic-server/serve-batches.ts'
import { evenTokens, inputTokens, type Tokenizer } from './anthropic-server/tokens.ts'

export type { MessageRequest } from './anthropic-server/check-request.ts'
export type { BatchBehaviour, PlayedBatches } from './anthropic-server/message-batches.ts'
export type { Fault } from './anthropic-server/respond.ts'
export { unevenTokens } from './anthropic-server/tokens.ts'

export interface Call {
  body: MessageRequest
  /** Text of all user turns. */
  prompt: string
  /** From 1, over all calls that were not refused. */
  nth: number
  /** From 1, over the calls with this prompt. */
  nthForPrompt: number
}

export interface RecordedRequest {
  /** The request-id that the response carried. */
  id: string
  path: string
  headers: IncomingHttpHeaders
  /** The parsed body; undefined where it was no JSON. */
  body: unknown
  /** What the message that answered it says was used; undefined where no whole message was sent. */
  usage?: Usage | undefined
}

export interface AnthropicServerOptions {
  port?: number
  /** The only key it knows. */
  key?: string
  latencyMs?: number
  /** Decides what a call gets: a text, a fault, or undefined for the usual answer. */
  answer?: (call: Call) => Fault | string | undefined
  /** Answers in prose wherever neither a schema nor the words of a call ask for JSON, as Claude does. Default: always JSON. */
  prose?: boolean
  /** Tokens of a text. Default: a fixed share of its characters. */
  tokensIn?: Tokenizer
  /** Requests above this rate get a 429; every response says what is left. */
  rateLimit?: RateLimit
  /** How message batches behave. */
  batches?: Partial<BatchBehaviour>
  /** Whether a request misses a prefix that is in the prompt cache. */
  cacheMisses?: () => boolean
  /** Whether `requests` keeps each request; default true. */
  record?: boolean
}

export interface AnthropicServer {
  url: string
  key: string
  requests: RecordedRequest[]
  /** The message batches, and what of them was billed. */
  batches: PlayedBatches
  /** How many requests came in, kept or not. */
  readonly received: number
  /** Requests refused because of `rateLimit`. */
  readonly rateLimited: number
  /** Most calls that were under way at once. */
  readonly mostAtOnce: number
  /** Connections that are open now. */
  connections(): Promise<number>
  close(): Promise<void>
}

export const testKey = 'sk-ant-test-0123456789-loopback-only'

/** Starts on 127.0.0.1. */
export async function startAnthropicServer(options: AnthropicServerOptions = {}): Promise<AnthropicServer> {
  const handler = new Handler(options)
  const server = createServer(
    { keepAliveTimeout: 60_000 },
    (request, response) => void handler.handle(request, response),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: handler.key,
    requests: handler.requests,
    batches: handler.batches,
    get received() {
      return handler.received
    },
    get rateLimited() {
      return handler.bucket?.refused ?? 0
    },
    get mostAtOnce() {
      return handler.mostAtOnce
    },
    connections: () => countConnections(server),
    close: () => closeServer(server),
  }
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

class Handler {
  readonly key: string
  readonly requests: RecordedRequest[] = []
  readonly batches: PlayedBatches
  received = 0
  readonly #options: AnthropicServerOptions
  readonly #tokensIn: Tokenizer
  readonly #cache = new PromptCache()
  readonly bucket: Bucket | null
  readonly #callsByPrompt = new Map<string, number>()
  #calls = 0
  #underWay = 0
  mostAtOnce = 0

  constructor(options: AnthropicServerOptions) {
    this.#options = options
    this.key = options.key ?? testKey
    this.#tokensIn = options.tokensIn ?? evenTokens
    this.#cache.misses = options.cacheMisses ?? (() => false)
    this.batches = new PlayedBatches(options.batches ?? {}, (body) => this.#batched(body))
    this.bucket = options.rateLimit === undefined ? null : new Bucket(options.rateLimit)
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = `req_${String(++this.received).padStart(8, '0')}`
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#underWay)
    response.once('close', () => this.#underWay--)
    try {
      const raw = await bytesOf(request)
      await this.#answer({ request, response, id }, raw)
    } catch (error) {
      // A client that hangs up while it sends is no error of the server.
      if (request.errored) return
      if (!(error instanceof Refusal)) throw error
      sendError(response, id, error)
    }
  }

  async #answer(exchange: Exchange, raw: Buffer): Promise<void> {
    const { request, id } = exchange
    const path = request.url ?? ''
    const record: RecordedRequest = { id, path, headers: request.headers, body: undefined }
    if (this.#options.record !== false) this.requests.push(record)
    checkHeaders(
      request.method === 'GET' || raw.length === 0
        ? { ...request.headers, 'content-type': 'application/json' }
        : request.headers,
      this.key,
    )
    if (path.startsWith(batchesPath)) {
      const host = `http://${request.headers.host}`
      return serveBatches(exchange, this.batches, { raw, parse, host })
    }
    const counting = path === '/v1/messages/count_tokens'
    if (request.method !== 'POST' || (!counting && path !== '/v1/messages'))
      throw new Refusal(404, 'not_found_error', 'Not Found')
    const body = parse(raw)
    record.body = body
    checkBody(body, counting)
    const prompt = promptOf(body)
    const tokensIn = this.#tokensIn
    if (this.bucket?.take(exchange.response) === false)
      throw new Refusal(429, 'rate_limit_error', 'This request would exceed your rate limit of requests per minute.')
    if (counting) return sendJson(exchange, { input_tokens: inputTokens(body, tokensIn) })
    const { cached, replyBegins } = this.#cache.enter(body, tokensIn)
    const fault = this.#faultFor(body, prompt)
    const delay = (this.#options.latencyMs ?? 0) + (fault.delay_ms ?? 0)
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
    await fault.after
    record.usage = respond(exchange, { body, prompt, fault, cached, tokensIn })
    if (record.usage !== undefined) replyBegins()
  }

  /** Answers a request of a batch. Throws a Refusal, as the API finds it only then. */
  #batched(body: MessageRequest): { message: object; usage: Usage } {
    checkBatched(body)
    checkBody(body, false)
    const prompt = promptOf(body)
    const tokensIn = this.#tokensIn
    const { cached, replyBegins } = this.#cache.enter(body, tokensIn)
    const fault = this.#faultFor(body, prompt)
    if (fault.status !== undefined)
      throw new Refusal(fault.status, fault.type ?? 'api_error', fault.message ?? 'as the test asked')
    const message = messageFor(
      { body, prompt, fault, cached, tokensIn, tier: 'batch' },
      `batched_${++this.#batchedCount}`,
    )
    replyBegins()
    return { message: { ...message, ...fault.message_with }, usage: message.usage }
  }
  #batchedCount = 0

  #faultFor(body: MessageRequest, prompt: string): Fault {
    const fault = this.#wantedFault(body, prompt)
    const isProse = this.#options.prose === true && fault.text === undefined && !asksForJson(body, prompt)
    return isProse ? { ...fault, text: proseTo(prompt) } : fault
  }

  #wantedFault(body: MessageRequest, prompt: string): Fault {
    const nth = ++this.#calls
    if (this.#options.answer === undefined) return {}
    const nthForPrompt = (this.#callsByPrompt.get(prompt) ?? 0) + 1
    this.#callsByPrompt.set(prompt, nthForPrompt)
    const wanted = this.#options.answer({ body, prompt, nth, nthForPrompt })
    return typeof wanted === 'string' ? { text: wanted } : (wanted ?? {})
  }
}

// Events instead of `for await`: a third of the time of a request.
function bytesOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    request.on('error', reject)
  })
}

function parse(raw: Buffer): unknown {
  const text = raw.toString()
  if (!isUtf8(raw)) throw badRequest('The request body is not valid UTF-8')
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw badRequest('The request body is not valid JSON')
  }
  // JSON.stringify writes a lone surrogate as an escape, so only a text with one needs the slow look.
  if (/\\u[dD][89a-fA-F]/.test(text) && hasLoneSurrogate(body)) {
    throw badRequest('The request body is not valid JSON: no low surrogate in string')
  }
  return body
}

function hasLoneSurrogate(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed()
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, inner]) => !key.isWellFormed() || hasLoneSurrogate(inner))
}

/** Runs the server as its own process until it is killed. */
export async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      port: { type: 'string', default: '0' },
      latency: { type: 'string', default: '0' },
      key: { type: 'string', default: testKey },
    },
  })
  const server = await startAnthropicServer({
    port: Number(values.port),
    latencyMs: Number(values.latency),
    key: values.key,
    record: false,
  })
  console.log(server.url)
}

if (import.meta.main) await main(process.argv.slice(2))
