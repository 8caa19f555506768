/** Posts through a client of the SDK, where each request is signed: its headers cannot be made once for all. */
import type { IncomingHttpHeaders } from 'node:http'
import type { BaseAnthropic, ClientOptions } from '@anthropic-ai/sdk/client'
import { type Api, type ApiTools, clientOptions, headersOf, type Limits, type Posted } from './api.ts'
import { jsonIn } from './keyed-api.ts'

/** What every client of this model has in common. */
export type CommonOptions = Pick<ClientOptions, 'maxRetries' | 'openTelemetry' | 'logLevel' | 'fetch'>

export type MakeClient = (options: CommonOptions) => BaseAnthropic

export class ClientApi implements Api {
  readonly #client: BaseAnthropic

  constructor(makeClient: MakeClient, tools: ApiTools) {
    this.#client = makeClient({ ...clientOptions, fetch: fetchOver(tools) })
  }

  // `messages.create` is this plus a console.warn on every call to a deprecated model: 100,000 lines in a long run.
  async post(path: string, body: unknown, { signal, timeoutMs }: Limits): Promise<Posted> {
    const answered: unknown = await this.#client.post(path, { body, signal, timeout: timeoutMs })
    // The SDK puts the id beside the body's own fields, not among them.
    const id = (answered as { _request_id?: unknown } | null | undefined)?._request_id
    return { body: answered, request_id: typeof id === 'string' ? id : null }
  }
}

function fetchOver({ transport, onHeaders }: ApiTools): typeof globalThis.fetch {
  return async (url, init = {}) => {
    const { status, headers, text } = await transport.post({
      url: new URL(String(url)),
      headers: [...identityOnly(init.headers)].flat(),
      body: String(init.body),
      signal: init.signal ?? new AbortController().signal,
    })
    onHeaders(headers)
    return new Response(text === '' ? null : text, { status, headers: jsonHeaders(headers, text) })
  }
}

function identityOnly(given: RequestInit['headers']): Headers {
  const headers = new Headers(given)
  headers.set('accept-encoding', 'identity')
  return headers
}

/** The SDK reads JSON only where the content type says so, which gateways leave out; the body is decoded already. */
function jsonHeaders(received: IncomingHttpHeaders, text: string): Headers {
  const headers = headersOf(received)
  headers.delete('content-encoding')
  headers.set('content-type', jsonIn(text) === undefined ? 'text/plain' : 'application/json')
  return headers
}
