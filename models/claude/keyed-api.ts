/**
 * Posts with a key: what the SDK knows (address, headers, errors), without what its client does on every call. That is more
 * work than all the rest of a call on this side (docs/decisions/0007).
 */
import { BaseAnthropic } from '@anthropic-ai/sdk/client'
import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk/core/error'
import { NotDecoded } from '../calls/content-encoding.ts'
import { CallTimedOut, type Received } from '../calls/transport.ts'
import { type Api, type ApiTools, clientOptions, headersOf, type Limits, type Posted } from './api.ts'

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
      if (cause instanceof NotDecoded) throw cause
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
    // Without a body, since the SDK would look whether it is a form, and nothing else here needs what Node has for forms.
    const { url, req } = await this.#client.buildRequest({ method: 'post', path })
    // It says how long the SDK would wait, which is not how long we do.
    const built = [...(req.headers as Headers)].filter(([name]) => name !== 'x-stainless-timeout')
    const own = { 'accept-encoding': 'identity', 'content-type': 'application/json' }
    return { url: new URL(url), headers: [...built, ...Object.entries(own)].flat() }
  }
}

function refusalIn({ status, headers, text }: Received): APIError {
  const json = jsonIn(text) as object | undefined
  return APIError.generate(status, json, json === undefined ? text : undefined, headersOf(headers))
}

export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function textOr(json: unknown, text: string): unknown {
  return json === undefined ? text : json
}

/** Undefined for an empty body, the text if it is not JSON. Gateways send JSON as text/plain, or without a content type. */
function bodyOf({ text }: Received): unknown {
  return text.trim() === '' ? undefined : textOr(jsonIn(text), text)
}
