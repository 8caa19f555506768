/** What an SDK error means, as the plain data that models/calls/retry.ts decides on. */
import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk/core/error'
import type { Outcome } from '../../core/model.ts'
import { NotDecoded } from '../calls/content-encoding.ts'
import type { CallError } from '../calls/retry.ts'
import { serverTime } from '../calls/server-time.ts'
import { excerpt, NotAMessage } from './reply.ts'

/** `now` in epoch milliseconds. Undefined if the error comes from neither the API nor the network: it is a mistake in our code. */
export function callErrorIn(error: unknown, now: number): CallError | undefined {
  if (error instanceof NotAMessage || error instanceof NotDecoded)
    return { what: 'bad_response', message: error.message }
  if (error instanceof APIConnectionTimeoutError) return { what: 'timeout', message: reasonOf(error) }
  if (error instanceof APIConnectionError)
    return { what: 'connection', message: reasonOf(error), connected: !neverConnected(error) }
  if (!(error instanceof APIError) || error.status === undefined) return undefined
  return {
    what: 'status',
    status: error.status,
    type: error.type,
    code: error.errorCode,
    message: error.apiMessage === null ? excerpt(error.message.replace(/^\d+ /, '')) : excerpt(error.apiMessage, 600),
    retryAfterMs: retryAfterMs(error.headers, now),
  }
}

/** The id by which Anthropic's support finds a refused request. */
export function requestIdIn(error: unknown): string | null {
  return error instanceof APIError ? (error.requestID ?? null) : null
}

/**
 * What a call without a reply may have cost. The API bills nothing that it refuses, and what never reached it cannot be billed;
 * of anything else nobody knows whether an answer was made.
 */
export function outcomeOf(callError: CallError, error: unknown): Outcome & string {
  if (callError.what !== 'status') return neverConnected(error) ? 'unbilled' : 'unknown'
  const { status } = callError
  // 408 is a time-out: a proxy may say it of a request that the API still answers.
  return (status >= 400 && status < 500 && status !== 408) || status === 529 ? 'unbilled' : 'unknown'
}

function neverConnected(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.every(neverConnected)
  const { syscall, code } = error as NodeJS.ErrnoException
  if (syscall === 'connect' || syscall === 'getaddrinfo' || code === 'UND_ERR_CONNECT_TIMEOUT') return true
  return neverConnected(error.cause)
}

/** The innermost cause says most: `connect ECONNREFUSED 127.0.0.1:1`. */
function reasonOf(error: Error): string {
  let inner: Error = error
  while (inner.cause instanceof Error) inner = inner.cause
  const code = (inner as NodeJS.ErrnoException).code
  const message = (inner.message || inner.name).replace(/\.$/, '')
  return typeof code === 'string' && !message.includes(code) ? `${code}: ${message}` : message
}

/** `retry-after-ms`, or `retry-after` in seconds or as an HTTP date. */
function retryAfterMs(headers: Headers | undefined, now: number): number | null {
  const ms = Number(headers?.get('retry-after-ms') || Number.NaN)
  if (ms >= 0) return ms
  const text = headers?.get('retry-after')
  if (!text) return null
  const seconds = Number(text)
  if (seconds >= 0) return seconds * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, date - serverTime(headers?.get('date'), now))
}
