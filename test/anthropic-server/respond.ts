/** What the server sends: messages as the API's, and every way in which a call can go wrong. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { answerTo } from './answer.ts'
import type { MessageRequest } from './check-request.ts'
import type { CachedTokens } from './prompt-cache.ts'
import { Refusal } from './refusal.ts'
import { inputTokens, type Tokenizer } from './tokens.ts'

/** How one call goes wrong, or differently. Fields can be combined where that makes sense (`delay_ms` with all). */
export interface Fault {
  delay_ms?: number
  /** Nothing is sent before this resolves. */
  after?: Promise<void>
  /** An error response of this status. */
  status?: number
  type?: string
  code?: string
  message?: string
  /** Seconds, or an HTTP date. */
  retry_after?: number | string
  /** Destroys the socket: before the headers, or in the middle of the body. */
  drop?: 'before' | 'middle'
  /** The socket is destroyed when this much of the response is sent. */
  cut?: Cut
  /** The body comes in eight pieces with so long between them. */
  dribble_ms?: number
  /** Headers and half of the body, then nothing. */
  stall?: true
  /** A 200 that is no JSON, a proxy's page, or nothing. */
  garbled?: true
  html?: true
  empty?: true
  /** A 200 with this body in the place of a message. */
  body?: unknown
  /** Fields of the message that are other than usual; undefined: left out. */
  message_with?: Record<string, unknown>
  /** Another content type, or none. */
  content_type?: string | null
  /** The body is compressed, though nobody asked for it. */
  encoding?: 'gzip' | 'br' | 'deflate' | 'zstd'
  /** The answer cut in half, with stop_reason max_tokens. */
  truncated?: true
  /** No text, with stop_reason refusal. */
  refusal?: true
  /** A thinking block before the text. */
  thinking?: true
  /** The answer's text. */
  text?: string
  stop_reason?: string
}

/** A place in a response, as its bytes go over the wire. */
export type Cut = 'status_line' | 'headers' | 'before_body' | 'first_byte' | 'middle' | 'last_byte'

export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  id: string
}

export interface Asked {
  body: MessageRequest
  prompt: string
  fault: Fault
  cached: CachedTokens
  tokensIn: Tokenizer
  tier?: 'standard' | 'batch'
}

/** What a message says that it used, in the API's own words. */
export type Usage = ReturnType<typeof messageFor>['usage']

/** Answers a call, or goes wrong as asked. Returns the usage of the message that was sent, if one was. */
export function respond(exchange: Exchange, asked: Asked): Usage | undefined {
  const { request, response, id } = exchange
  const { fault } = asked
  if (fault.drop === 'before') request.socket.destroy()
  else if (fault.status !== undefined) sendError(response, id, refusalIn(fault, fault.status), fault)
  else if (fault.html)
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in to the network</body></html>')
  else if (fault.empty) sendText(exchange, '')
  else {
    const message = messageFor(asked, id)
    const text = JSON.stringify('body' in fault ? fault.body : { ...message, ...fault.message_with })
    const half = text.slice(0, text.length / 2)
    if (fault.garbled) sendText(exchange, half)
    else if (fault.cut !== undefined) sendCut(exchange, text, fault.cut)
    else if (fault.stall || fault.drop === 'middle')
      sendHalf(exchange, { half, length: Buffer.byteLength(text), drop: !fault.stall })
    else {
      if (fault.content_type !== undefined || fault.encoding !== undefined) sendOddly(exchange, text, fault)
      else if (fault.dribble_ms === undefined) sendText(exchange, text)
      else void sendInPieces(exchange, text, fault.dribble_ms)
      return 'body' in fault ? undefined : message.usage
    }
  }
  return undefined
}

function refusalIn(fault: Fault, status: number): Refusal {
  return new Refusal(status, fault.type ?? errorType(status), fault.message ?? 'as the test asked')
}

function sendHalf(
  { request, response, id }: Exchange,
  { half, length, drop }: { half: string; length: number; drop: boolean },
): void {
  response.writeHead(200, { 'content-type': 'application/json', 'request-id': id, 'content-length': length })
  response.write(half, () => drop && request.socket.destroy())
}

function sendCut({ request, id }: Exchange, text: string, cut: Cut): void {
  const length = Buffer.byteLength(text)
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nrequest-id: ${id}\r\ncontent-length: ${length}\r\n\r\n`
  const body = Buffer.byteLength(head)
  const places: Record<Cut, number> = {
    status_line: 12,
    headers: 40,
    before_body: body,
    first_byte: body + 1,
    middle: body + Math.floor(length / 2),
    last_byte: body + length - 1,
  }
  const { socket } = request
  socket.write(Buffer.from(head + text).subarray(0, places[cut]), () => socket.destroy())
}

async function sendInPieces({ response, id }: Exchange, text: string, pause_ms: number): Promise<void> {
  const bytes = Buffer.from(text)
  response.writeHead(200, { 'content-type': 'application/json', 'request-id': id, 'content-length': bytes.length })
  const size = Math.ceil(bytes.length / 8)
  for (let at = 0; at < bytes.length; at += size) {
    response.write(bytes.subarray(at, at + size))
    await new Promise((resolve) => setTimeout(resolve, pause_ms))
  }
  response.end()
}

export function messageFor({ body, prompt, fault, cached, tokensIn, tier = 'standard' }: Asked, id: string) {
  const whole = fault.refusal ? '' : (fault.text ?? answerTo(body, prompt))
  const thinks = fault.thinking || (body.thinking?.type ?? 'adaptive') === 'adaptive'
  const thinkingTokens = thinks ? 24 : 0
  const room = Math.max(0, body.max_tokens - thinkingTokens)
  const cut = fault.truncated || tokensIn(whole) > room
  const text = cut ? whole.slice(0, fault.truncated ? whole.length / 2 : Math.floor(room * 3.5)) : whole
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: body.model,
    content: [
      ...(thinks ? [{ type: 'thinking', thinking: '', signature: 'c2lnbmF0dXJl' }] : []),
      ...(text === '' ? [] : [{ type: 'text', text, citations: null }]),
    ],
    stop_reason: fault.stop_reason ?? (fault.refusal ? 'refusal' : cut ? 'max_tokens' : 'end_turn'),
    stop_sequence: null,
    usage: {
      input_tokens: inputTokens(body, tokensIn) - cached.read - cached.written,
      cache_creation_input_tokens: cached.written,
      cache_read_input_tokens: cached.read,
      cache_creation: {
        ephemeral_5m_input_tokens: cached.forHour ? 0 : cached.written,
        ephemeral_1h_input_tokens: cached.forHour ? cached.written : 0,
      },
      output_tokens: tokensIn(text) + thinkingTokens,
      output_tokens_details: { thinking_tokens: thinkingTokens },
      service_tier: tier,
    },
  }
}

export function sendJson(exchange: Exchange, body: unknown): void {
  sendText(exchange, JSON.stringify(body))
}

function sendText({ response, id }: Exchange, text: string): void {
  response
    .writeHead(200, { 'content-type': 'application/json', 'request-id': id, 'content-length': Buffer.byteLength(text) })
    .end(text)
}

const compress = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync, zstd: zstdCompressSync }

function sendOddly({ response, id }: Exchange, text: string, { content_type, encoding }: Fault): void {
  const body = encoding === undefined ? Buffer.from(text) : compress[encoding](text)
  response.writeHead(200, {
    ...(content_type !== null && { 'content-type': content_type ?? 'application/json' }),
    ...(encoding !== undefined && { 'content-encoding': encoding }),
    ...{ 'request-id': id, 'content-length': body.length },
  })
  response.end(body)
}

export function sendError(
  response: ServerResponse,
  id: string,
  { status, type, message }: Refusal,
  fault: Fault = {},
): void {
  const details = fault.code === undefined ? {} : { details: { error_code: fault.code } }
  const body = JSON.stringify({ type: 'error', error: { type, message, ...details }, request_id: id })
  const retryAfter = fault.retry_after === undefined ? {} : { 'retry-after': String(fault.retry_after) }
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': id, ...retryAfter }).end(body)
}

function errorType(status: number): string {
  const types: Record<number, string> = {
    400: 'invalid_request_error',
    401: 'authentication_error',
    402: 'billing_error',
    403: 'permission_error',
    404: 'not_found_error',
    429: 'rate_limit_error',
    504: 'timeout_error',
    529: 'overloaded_error',
  }
  return types[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
}
