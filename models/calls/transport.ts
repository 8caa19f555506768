/** How requests travel: undici's dispatch with the whole response at once. The WHATWG `fetch` costs several times as much. */
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici'
import { Alarm } from './alarm.ts'
import { decoded } from './content-encoding.ts'

export interface Transport {
  /** Sends a body and reads the response to its end before it resolves, so that whoever limits the call limits a stalled body too. */
  post(posting: Posting): Promise<Received>
  close(): Promise<void>
}

export interface Posting {
  url: URL
  /** Names and values in turn. */
  headers: string[]
  body: string
  /** Aborted: the call ends with its reason. */
  signal: AbortSignal
  /** Longest time until the response is whole. */
  timeoutMs?: number
}

export interface Received {
  status: number
  /** By lower-case name. */
  headers: IncomingHttpHeaders
  text: string
}

/** Thrown if no whole response came within `timeoutMs`. */
export class CallTimedOut extends Error {
  override readonly name = 'CallTimedOut'
}

const connectTimeoutMs = 10_000

/**
 * Keeps connections open between calls, one for each call at once. Proxies are taken from the environment, but never for
 * this machine. Rejects with undici's own error (`code` says what), CallTimedOut, NotDecoded or the signal's reason, and frees the socket.
 */
export function openTransport(environment: NodeJS.ProcessEnv = process.env): Transport {
  const dispatcher = dispatcherFor(environment)
  return { post: (posting) => posted(dispatcher, posting), close: () => dispatcher.destroy() }
}

/** Of connections that stay open, through the proxies that the environment names. */
export function dispatcherFor(environment: NodeJS.ProcessEnv): Dispatcher {
  const { http_proxy, HTTP_PROXY, https_proxy, HTTPS_PROXY, no_proxy, NO_PROXY } = environment
  const httpProxy = http_proxy ?? HTTP_PROXY
  const httpsProxy = https_proxy ?? HTTPS_PROXY
  // Our own deadline limits calls; undici's would cut a long answer at 300 s.
  const options = { connect: { timeout: connectTimeoutMs }, headersTimeout: 0, bodyTimeout: 0 }
  if (!httpProxy && !httpsProxy) return new Agent(options)
  return new EnvHttpProxyAgent({ ...options, httpProxy, httpsProxy, noProxy: noProxy(no_proxy ?? NO_PROXY ?? '') })
}

function noProxy(configured: string): string {
  return configured.trim() === '*' ? '*' : [configured, 'localhost', '127.0.0.1', '[::1]'].filter(Boolean).join(',')
}

function posted(dispatcher: Dispatcher, posting: Posting): Promise<Received> {
  const { url, headers, body, signal } = posting
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const call = new Call(posting, { resolve, reject })
    dispatcher.dispatch({ origin: url.origin, path: url.pathname + url.search, method: 'POST', headers, body }, call)
  })
}

interface Ending {
  resolve: (received: Received) => void
  reject: (error: unknown) => void
}

/** One request under way. undici's own `request` makes a stream of each body: a tenth of what a call costs this side. */
class Call implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal
  readonly #ending: Ending
  readonly #alarm: Alarm | undefined
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #givenUp: { reason: Error } | undefined
  #status = 0
  #headers: IncomingHttpHeaders = {}

  constructor({ signal, timeoutMs }: Posting, ending: Ending) {
    this.#signal = signal
    this.#ending = ending
    this.#alarm = timeoutMs === undefined ? undefined : new Alarm(timeoutMs, this.#onTimeOut)
    signal.addEventListener('abort', this.#onAbort)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#givenUp !== undefined) controller.abort(this.#givenUp.reason)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#end()
    try {
      const body = decoded(wholeOf(this.#chunks), this.#headers['content-encoding'])
      this.#ending.resolve({ status: this.#status, headers: this.#headers, text: textOf(body) })
    } catch (error) {
      this.#ending.reject(error)
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end()
    this.#ending.reject(error)
  }

  readonly #onAbort = () => this.#giveUp(this.#signal.reason)

  readonly #onTimeOut = () => this.#giveUp(new CallTimedOut('No whole response came in time.'))

  /** A call that still waits for its connection is ended when it gets one. */
  #giveUp(reason: Error): void {
    this.#givenUp = { reason }
    this.#controller?.abort(reason)
    this.#end()
    this.#ending.reject(reason)
  }

  #end(): void {
    this.#alarm?.end()
    this.#signal.removeEventListener('abort', this.#onAbort)
  }
}

function wholeOf(chunks: Buffer[]): Buffer {
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
}

/** A byte order mark is no part of a text. */
function textOf(body: Buffer): string {
  return body.toString('utf8').replace(/^\uFEFF/, '')
}
