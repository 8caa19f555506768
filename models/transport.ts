/** How requests travel: the SDK's `fetch` over undici's plain request, which costs a fraction of the WHATWG one. */
import { EnvHttpProxyAgent, request } from 'undici'

export interface Transport {
  /** Reads the body to its end before it resolves, so that whoever limits the call limits a stalled body too. */
  fetch: typeof globalThis.fetch
  close(): Promise<void>
}

/** Told of the headers of every response. */
export type OnHeaders = (headers: Record<string, string | string[] | undefined>) => void

const connectTimeoutMs = 10_000

/**
 * Keeps connections open between calls, one for each call at once. Proxies are taken from the environment, but never for
 * this machine. Rejects with undici's own error (`code` says what) or the signal's reason, and frees the socket.
 */
export function openTransport(
  environment: NodeJS.ProcessEnv = process.env,
  onHeaders: OnHeaders = () => {},
): Transport {
  const { http_proxy, HTTP_PROXY, https_proxy, HTTPS_PROXY, no_proxy, NO_PROXY } = environment
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: http_proxy ?? HTTP_PROXY,
    httpsProxy: https_proxy ?? HTTPS_PROXY,
    noProxy: noProxy(no_proxy ?? NO_PROXY ?? ''),
    connect: { timeout: connectTimeoutMs },
    // Our own deadline limits calls; these would cut a long answer at 300 s.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const fetch: Transport['fetch'] = async (url, init = {}) => {
    const { statusCode, headers, body } = await request(String(url), {
      dispatcher,
      method: (init.method ?? 'GET') as 'GET' | 'POST',
      headers: init.headers instanceof Headers ? init.headers : new Headers(init.headers),
      body: typeof init.body === 'string' ? init.body : null,
      signal: init.signal ?? undefined,
    })
    onHeaders(headers)
    return new WholeResponse(statusCode, headers, await body.text()) as unknown as Response
  }
  return { fetch, close: () => dispatcher.destroy() }
}

function noProxy(configured: string): string {
  return configured.trim() === '*' ? '*' : [configured, 'localhost', '127.0.0.1', '[::1]'].filter(Boolean).join(',')
}

/** What the SDK reads of a response. The WHATWG class makes a stream of the text first: a fifth of what a call costs this side. */
class WholeResponse {
  readonly status: number
  readonly statusText = ''
  readonly url = ''
  readonly body = null
  readonly #headers: Record<string, string | string[] | undefined>
  readonly #text: string
  #asHeaders: Headers | undefined

  constructor(status: number, headers: Record<string, string | string[] | undefined>, text: string) {
    this.status = status
    this.#headers = headers
    this.#text = text
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  get headers(): Headers {
    this.#asHeaders ??= new Headers(flat(this.#headers))
    return this.#asHeaders
  }

  async text(): Promise<string> {
    return this.#text
  }

  async json(): Promise<unknown> {
    return JSON.parse(this.#text)
  }
}

function flat(headers: Record<string, string | string[] | undefined>): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  )
}
