/** Message batches through the SDK's `messages.batches`. Each call is made once; core decides what is tried again. */
import { createHash } from 'node:crypto'
import { BaseAnthropic } from '@anthropic-ai/sdk/client'
import type { MessageBatch as ApiBatch, Batches } from '@anthropic-ai/sdk/resources/messages/batches'
import { ModelUnavailable } from '../../core/errors.ts'
import {
  BatchCallFailed,
  type BatchedQuestion,
  type BatchResult,
  type MessageBatch,
  type MessageBatches,
} from '../../core/message-batches.ts'
import type { Redaction } from '../calls/redaction.ts'
import { type CallError, cause, decideRetry, failureKind } from '../calls/retry.ts'
import { clientOptions } from './api.ts'
import { callErrorIn, outcomeOf } from './api-errors.ts'
import { apiRequest } from './api-request.ts'
import { batchResult } from './batch-result.ts'
import type { MakeClient } from './client-api.ts'
import { retryRules } from './retry-rules.ts'

/** The API's own limits of 2026-08. */
const most = { requests: 100_000, bytes: 256_000_000 }

/** A slow line takes its time for 256 MB; everything else is small, or a stream. */
const longestUploadMs = 3_600_000
const longestCallMs = 120_000

const before = '{"requests":['
const after = ']}'

export interface ClaudeBatchesOptions {
  /** One that can be sent; null if `client` opens the API. */
  apiKey: string | null
  baseURL: string
  client?: MakeClient | undefined
  keyFrom?: string | undefined
  environment?: NodeJS.ProcessEnv | undefined
  redaction: Redaction
  /** Epoch milliseconds. */
  wall: () => number
}

export class ClaudeBatches implements MessageBatches {
  readonly most = most
  readonly #options: ClaudeBatchesOptions
  #opened: Promise<Batches> | undefined

  constructor(options: ClaudeBatchesOptions) {
    this.#options = options
  }

  bytesOf(request: BatchedQuestion): number {
    return Buffer.byteLength(requestText(request)) + 1
  }

  create(requests: AsyncIterable<BatchedQuestion>, signal: AbortSignal): Promise<MessageBatch> {
    return this.#call(signal, async (batches) => {
      // A signature is made of the checksum of the body. Of a stream the SDK knows none, and would sign that there is none.
      const signed =
        this.#options.client === undefined ? {} : { 'x-amz-content-sha256': await sha256Of(bodyOf(requests)) }
      const streamed = { body: bodyOf(requests), headers: { 'content-type': 'application/json', ...signed } }
      return read(await batches.create({ requests: [] }, { ...streamed, signal, timeout: longestUploadMs }))
    })
  }

  look(id: string, signal: AbortSignal): Promise<MessageBatch> {
    return this.#call(signal, async (batches) =>
      read(await batches.retrieve(id, {}, { signal, timeout: longestCallMs })),
    )
  }

  cancel(id: string, signal: AbortSignal): Promise<MessageBatch> {
    return this.#call(signal, async (batches) => read(await batches.cancel(id, {}, { signal, timeout: longestCallMs })))
  }

  async *list(signal: AbortSignal): AsyncGenerator<MessageBatch> {
    const pages = await this.#call(signal, (batches) =>
      batches.list({ limit: 100 }, { signal, timeout: longestCallMs }),
    )
    const all = pages[Symbol.asyncIterator]()
    for (;;) {
      const next = await this.#call(signal, () => all.next())
      if (next.done) return
      yield read(next.value)
    }
  }

  async *results({ id, model }: { id: string; model: string }, signal: AbortSignal): AsyncGenerator<BatchResult> {
    const opened = await this.#call(signal, (batches) => batches.results(id, {}, { signal, timeout: longestCallMs }))
    const lines = opened[Symbol.asyncIterator]()
    const reading = { id, model, keyFrom: this.#options.keyFrom, clear: this.#clear }
    for (;;) {
      const next: IteratorResult<unknown> = await this.#call(signal, () => lines.next())
      if (next.done) return
      const result = batchResult(next.value, reading)
      if (result !== null) yield result
    }
  }

  readonly #clear = (text: string) => this.#options.redaction.text(text)

  /** What is thrown holds no secret. */
  async #call<T>(signal: AbortSignal, make: (batches: Batches) => Promise<T> | PromiseLike<T>): Promise<T> {
    try {
      signal.throwIfAborted()
      return await make(await this.#open())
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw this.#failure(this.#options.redaction.error(error))
    }
  }

  #failure(error: unknown): unknown {
    const callError = callErrorIn(error, this.#options.wall()) ?? brokenStream(error)
    if (callError === undefined) return error
    const isNotFound = callError.what === 'status' && [404, 405, 501].includes(callError.status)
    const rules = retryRules({ model: 'message batches', keyFrom: this.#options.keyFrom })
    const decision = decideRetry(callError, {
      attempt: 1,
      now: 0,
      deadline: Number.POSITIVE_INFINITY,
      random: 1,
      rules,
    })
    if (decision.do === 'stop' && !isNotFound) return new ModelUnavailable(decision.message, { cause: error })
    return new BatchCallFailed(cause(callError), {
      ...{ kind: failureKind(callError), isNotFound, mayPass: decision.do === 'wait' && !isNotFound },
      isTooLarge: callError.what === 'status' && callError.status === 413,
      unsent: outcomeOf(callError, error) === 'unbilled',
      retryAfterMs: callError.what === 'status' ? callError.retryAfterMs : null,
      cause: error,
    })
  }

  #open(): Promise<Batches> {
    this.#opened ??= this.#openClient()
    return this.#opened
  }

  /** Loaded when it is needed: a live run does without. */
  async #openClient(): Promise<Batches> {
    const { apiKey, baseURL, client: make, environment } = this.#options
    const [{ Batches }, { streamingFetch }] = await Promise.all([
      import('@anthropic-ai/sdk/resources/messages/batches'),
      import('../calls/fetch-large-bodies.ts'),
    ])
    const fetch = streamingFetch(() => client.baseURL, environment)
    const client: BaseAnthropic =
      make?.({ ...clientOptions, fetch }) ??
      new BaseAnthropic({ apiKey: apiKey ?? '', baseURL, ...clientOptions, fetch })
    return new Batches(client)
  }
}

/** A line of the results that is no JSON, and what `fetch` throws in the middle of a body, are connections that broke. */
function brokenStream(error: unknown): CallError | undefined {
  if (!(error instanceof SyntaxError || error instanceof TypeError)) return undefined
  if (error instanceof TypeError && error.cause === undefined && error.message !== 'terminated') return undefined
  const inner = error.cause instanceof Error ? error.cause : error
  return { what: 'connection', message: inner.message }
}

function requestText({ custom_id, question }: BatchedQuestion): string {
  return JSON.stringify({ custom_id, params: apiRequest(question) })
}

async function* bodyOf(requests: AsyncIterable<BatchedQuestion>): AsyncGenerator<Uint8Array> {
  let separator = before
  for await (const request of requests) {
    yield Buffer.from(separator + requestText(request))
    separator = ','
  }
  yield Buffer.from(separator === before ? before + after : after)
}

async function sha256Of(body: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of body) hash.update(part)
  return hash.digest('hex')
}

function read({ id, processing_status, request_counts, created_at, expires_at }: ApiBatch): MessageBatch {
  const { processing, succeeded, errored, canceled, expired } = request_counts
  return {
    ...{ id, status: processing_status, hasEnded: processing_status === 'ended' },
    requests: processing + succeeded + errored + canceled + expired,
    ...{ created_at, expires_at },
  }
}
