/**
 * Posts with a key: what the SDK knows (address, headers, errors), without what its client does on every call. That is more
 * work than all the rest of a call on this side (docs/decisions/0007).
 */
import { BaseAnthropic } from '@anthropic-ai/sdk/client'
import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk/core/error'
import { type Api, type ApiTools, clientOptions, headersOf, type Limits, type Posted } from './api.ts'
import { CallTimedOut, type Received } from './transport.ts'

export interface Address {
  apiKey: string
  baseURL: string
}

/** The same for every call to a path. */
interface Envelope {
  url: URL
  headers: string[]
}

export class KeyedApi implements Api {
  readonly #client: BaseAnthropic
  readonly #tools: ApiTools
  readonly #envelopes = new Map<string, Promise<Envelope>>()

  constructor(address: Address, tools: ApiTools) {
    this.#client = new BaseAnthropic({ ...address, ...clientOptions })
    this.#tools = tools
  }

  async post(path: string, body: unknown, { signal, timeoutMs }: Limits): Promise<Posted> {
    const envelope = await this.#envelope(path)
    const posting = { ...envelope, body: JSON.stringify(body), signal, timeoutMs }
    const received = await this.#tools.transport.post(posting).catch((cause: unknown) => {
      if (signal.aborted) throw signal.reason
      throw cause instanceof CallTimedOut
        ? new APIConnectionTimeoutError()
        : new APIConnectionError({ cause: cause as Error })
    })
    this.#tools.onHeaders(received.headers)
    if (received.status < 200 || received.status > 299) throw refusalIn(received)
    return { body: bodyOf(received), request_id: received.headers['request-id']?.toString() ?? null }
  }

  #envelope(path: string): Promise<Envelope> {
    const known = this.#envelopes.get(path) ?? this.#sealed(path)
    this.#envelopes.set(path, known)
    return known
  }

  async #sealed(path: string): Promise<Envelope> {
    const { url, req } = await this.#client.buildRequest({ method: 'post', path, body: {} })
    const headers = new Headers(req.headers as Headers)
    // It says how long the SDK would wait, which is not how long we do.
    headers.delete('x-stainless-timeout')
    return { url: new URL(url), headers: [...headers].flat() }
  }
}

function refusalIn({ status, headers, text }: Received): APIError {
  const json = jsonIn(text)
  return APIError.generate(status, json, json === undefined ? text : undefined, headersOf(headers))
}

function jsonIn(text: string): object | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Undefined for an empty body; the text where it does not say that it is JSON. */
function bodyOf({ headers, text }: Received): unknown {
  if (text === '') return undefined
  return /^application\/(.+\+)?json\b/i.test(headers['content-type'] ?? '') ? JSON.parse(text) : text
}
