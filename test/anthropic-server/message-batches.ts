/**
 * Message batches as Anthropic's API plays them: parameters are looked at only while the batch is worked on, counts stay 0 until it
 * has ended, results come in another order than the requests, and nothing says before the results which requests it holds.
 */
import type { MessageRequest } from './check-request.ts'
import { badRequest, Refusal } from './refusal.ts'
import type { Usage } from './respond.ts'

/** The clock of the server, which a test can move. */
export interface ServerClock {
  /** Epoch milliseconds. */
  now: () => number
}

/** How batches behave; every field can be changed while the server runs. */
export interface BatchBehaviour {
  clock: ServerClock
  /** How long a batch is worked on. Default: it has ended at the first look. */
  takesMs: number
  /** How long it takes to cancel one. */
  cancelsInMs: number
  expiresInMs: number
  /** The share of the requests that are answered in a batch that expires or is cancelled. */
  doneShare: number
  /** So long after its creation a batch is not known, and so long after its end its results are not. */
  unseenMs: number
  mostBytes: number
  /** Requests that may wait at once; a batch that would pass them gets a 429. */
  queue: number
  /** What happens to the n-th create call (from 1), look, download: a status, a connection that is cut. `after`: when it is done. */
  onCreate: (nth: number) => number | 'cut' | 'cut after' | undefined
  onLook: (nth: number) => number | undefined
  /** `half`: the connection is cut in the middle; `short`: it ends early as if it were whole. */
  onResults: (nth: number) => number | 'half' | 'short' | undefined
  /** What comes of one request instead of its answer. */
  resultOf: (request: BatchRequest, batch: PlayedBatch) => object | undefined
  /** The word for a batch that is worked on. */
  workingStatus: string
  /** Where it says that results lie, in the place of its own address. */
  resultsHost: string | undefined
  /** Whether a gateway stands there that knows no batches. */
  absent: boolean
}

export interface BatchRequest {
  custom_id: string
  params: MessageRequest
}

/** A request that was answered and so is billed at half the price. */
export interface BilledRequest extends BatchRequest {
  batch: string
  usage: Usage
}

export interface PlayedBatch {
  id: string
  created: number
  requests: BatchRequest[]
  cancelled: number | null
  ended: number | null
  /** By the requests' order. */
  results: { custom_id: string; result: { type: string } }[]
}

export type AnswerBatched = (params: MessageRequest) => { message: object; usage: Usage }

export const usualBehaviour: BatchBehaviour = {
  clock: { now: Date.now },
  ...{ takesMs: 0, cancelsInMs: 0, expiresInMs: 86_400_000, doneShare: 0, unseenMs: 0 },
  ...{ mostBytes: 256_000_000, queue: 200_000 },
  onCreate: () => undefined,
  onLook: () => undefined,
  onResults: () => undefined,
  resultOf: () => undefined,
  ...{ workingStatus: 'in_progress', resultsHost: undefined, absent: false },
}

export class PlayedBatches {
  readonly behaviour: BatchBehaviour
  /** The oldest first. */
  readonly all: PlayedBatch[] = []
  readonly billed: BilledRequest[] = []
  readonly calls = { create: 0, look: 0, results: 0 }
  readonly #answer: AnswerBatched

  constructor(behaviour: Partial<BatchBehaviour>, answer: AnswerBatched) {
    this.behaviour = { ...usualBehaviour, ...behaviour }
    this.#answer = answer
  }

  /** Takes a batch, or refuses it as the API does: only its form is looked at. */
  create(body: unknown): PlayedBatch {
    const requests = requestsIn(body)
    const waiting = this.all.filter((batch) => this.#settle(batch).ended === null)
    const queued = waiting.reduce((sum, batch) => sum + batch.requests.length, 0)
    if (queued + requests.length > this.behaviour.queue)
      throw new Refusal(429, 'rate_limit_error', 'This request would exceed the number of batch requests in the queue')
    const id = `msgbatch_${String(this.all.length + 1).padStart(8, '0')}`
    const batch = { id, created: this.#now, requests, cancelled: null, ended: null, results: [] }
    this.all.push(batch)
    return batch
  }

  find(id: string): PlayedBatch {
    const batch = this.all.find((one) => one.id === id)
    if (batch === undefined || this.#now < batch.created + this.behaviour.unseenMs)
      throw new Refusal(404, 'not_found_error', `Message batch ${id} not found`)
    return this.#settle(batch)
  }

  cancel(id: string): PlayedBatch {
    const batch = this.find(id)
    if (batch.ended !== null) throw badRequest('Message batch has already ended')
    batch.cancelled ??= this.#now
    return this.#settle(batch)
  }

  /** Results are there a moment after the end. Reversed. */
  results(id: string): string[] {
    const batch = this.find(id)
    if (batch.ended === null || this.#now < batch.ended + this.behaviour.unseenMs)
      throw new Refusal(404, 'not_found_error', `Results of ${id} not found`)
    return batch.results.map((line) => `${JSON.stringify(line)}\n`).reverse()
  }

  /** A page of them, the newest first. */
  page({ after_id, limit }: { after_id: string | null; limit: number }, host: string): object {
    const seen = this.all.filter(({ created }) => this.#now >= created + this.behaviour.unseenMs).reverse()
    const from = after_id === null ? 0 : seen.findIndex(({ id }) => id === after_id) + 1
    const data = seen.slice(from, from + limit)
    const has_more = from + limit < seen.length
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
    return { data: data.map((batch) => this.shown(this.#settle(batch), host)), has_more, ...ends }
  }

  shown({ id, created, requests, cancelled, ended, results }: PlayedBatch, host: string): object {
    const count = (type: string) => results.filter(({ result }) => result.type === type).length
    const moment = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
    const working = cancelled === null ? this.behaviour.workingStatus : 'canceling'
    const done = ended !== null
    return {
      ...{ id, type: 'message_batch', processing_status: done ? 'ended' : working },
      request_counts: {
        processing: done ? 0 : requests.length,
        ...{ succeeded: count('succeeded'), errored: count('errored') },
        ...{ canceled: count('canceled'), expired: count('expired') },
      },
      ...{ created_at: moment(created), expires_at: moment(created + this.behaviour.expiresInMs) },
      ...{ ended_at: moment(ended), cancel_initiated_at: moment(cancelled), archived_at: null },
      results_url: done ? `${this.behaviour.resultsHost ?? host}/v1/messages/batches/${id}/results` : null,
    }
  }

  get #now(): number {
    return this.behaviour.clock.now()
  }

  /** Lets the batch come to its end if the time for it has come. */
  #settle(batch: PlayedBatch): PlayedBatch {
    if (batch.ended !== null) return batch
    const { takesMs, cancelsInMs, expiresInMs, doneShare } = this.behaviour
    const done = batch.created + takesMs
    const cancelled = batch.cancelled === null ? Number.POSITIVE_INFINITY : batch.cancelled + cancelsInMs
    const expires = batch.created + expiresInMs
    const end = Math.min(done, cancelled, expires)
    if (this.#now < end) return batch
    batch.ended = end
    const whole = end === done
    const left = { type: end === cancelled ? 'canceled' : 'expired' }
    const answered = whole ? batch.requests.length : Math.floor(batch.requests.length * doneShare)
    batch.results = batch.requests.map((request, at) => ({
      custom_id: request.custom_id,
      result: at < answered ? this.#resultOf(request, batch) : left,
    }))
    return batch
  }

  #resultOf(request: BatchRequest, batch: PlayedBatch): { type: string } {
    const wanted = this.behaviour.resultOf(request, batch)
    if (wanted !== undefined) return wanted as { type: string }
    try {
      const { message, usage } = this.#answer(request.params)
      this.billed.push({ ...request, batch: batch.id, usage })
      return { type: 'succeeded', message } as { type: string }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { type: 'errored', error: { type: 'error', error: { type: error.type, message: error.message } } } as never
    }
  }
}

function requestsIn(body: unknown): BatchRequest[] {
  const { requests } = (body ?? {}) as { requests?: BatchRequest[] }
  if (!Array.isArray(requests) || requests.length === 0) throw badRequest('requests: at least one request is required')
  if (requests.length > 100_000) throw badRequest('requests: at most 100000 requests are allowed')
  const ids = new Set<string>()
  for (const [at, { custom_id, params }] of requests.entries()) {
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(custom_id ?? '')) throw badRequest(`requests.${at}.custom_id: invalid`)
    if (ids.has(custom_id)) throw badRequest(`requests.${at}.custom_id: ${custom_id} is used twice`)
    if (typeof params !== 'object' || params === null) throw badRequest(`requests.${at}.params: Field required`)
    ids.add(custom_id)
  }
  return requests
}

/** What is allowed in a call of its own and not in a batch; the API says so only in the results. */
export function checkBatched(params: object): void {
  for (const key of ['stream', 'speed']) if (key in params) throw badRequest(`${key}: not supported in message batches`)
  if ('max_tokens' in params && params.max_tokens === 0)
    throw badRequest('max_tokens: 0 is not supported in message batches')
}
