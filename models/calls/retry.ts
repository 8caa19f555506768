/** What to do after an attempt without a reply: the one retry policy. It only decides; a model waits. */
import type { FailureKind } from '../../core/errors.ts'
import { mostUnreadable } from '../../core/model.ts'

/** What went wrong in one attempt, as plain data. */
export type CallError =
  | {
      what: 'status'
      status: number
      /** The API's own words: error type, error code and message. Null if the body does not say. */
      type: string | null
      code: string | null
      message: string
      retryAfterMs: number | null
    }
  | {
      what: 'connection'
      message: string
      /** False if the call never reached the API. */
      connected?: boolean
    }
  | { what: 'timeout' | 'bad_response'; message: string }

export interface Situation {
  /** Attempts made so far, the failed one included. */
  attempt: number
  /** How many of them brought a 200 that could not be read. Default: none. */
  unreadable?: number
  /** Milliseconds of one clock, which is never set back. */
  now: number
  deadline: number
  /** From 0 to 1. */
  random: number
  rules: RetryRules
}

/** What a provider's errors mean. */
export interface RetryRules {
  /** The message that ends the run because every other item would fail alike, or null. */
  stopMessage: (callError: CallError) => string | null
  /** Where a person sets the address of the API. */
  addressFrom: string
}

export type Decision =
  | { do: 'wait'; ms: number }
  | { do: 'fail'; kind: FailureKind; message: string }
  | { do: 'stop'; message: string }

/** Seven waits between them: 0.5+1+2+4+8+16+30 s at most, half of that at least. */
export const mostAttempts = 8
const firstWaitMs = 500
const longestWaitMs = 30_000
/** The API's limits are per minute: who asks for longer waits is asked again, by one call, whether that still holds. */
export const longestRetryAfterMs = 60_000
// Spreads calls that were all told the same retry-after.
const retryAfterSpreadMs = 500

/** Whether to try again, let the item fail, or stop the whole run because every other item would end alike. */
export function decideRetry(callError: CallError, situation: Situation): Decision {
  const { rules } = situation
  const stop = rules.stopMessage(callError)
  if (stop !== null) return { do: 'stop', message: stop }
  if (!canBeRetried(callError)) return { do: 'fail', kind: 'request_refused', message: refusalMessage(callError) }
  const { attempt, unreadable = 0, now, deadline } = situation
  if (callError.what === 'bad_response' && unreadable >= mostUnreadable) {
    const paid = `It was asked for ${unreadable} times, and each reply may have been paid for.`
    return fail(callError, `${paid} Look at what stands between you and the API (${rules.addressFrom}, a proxy).`)
  }
  if (attempt >= mostAttempts) return fail(callError, `It was tried ${attempt} times. Ask for this item again later.`)
  const ms = waitMs(callError, situation)
  if (now + ms < deadline) return { do: 'wait', ms }
  const left = `Only ${seconds(deadline - now)} are left for this answer, and the next attempt would begin in ${seconds(ms)}.`
  return fail(callError, `${left} Raise answer_timeout_seconds in itemwise.yaml, or ask for this item again later.`)
}

/** The failure of an answer whose time ran out; `last` is what went wrong before, if anything. */
export function outOfTime(details: { attempts: number; ms: number; last: CallError | null; calling: boolean }) {
  const { attempts, ms, last, calling } = details
  const remedy = 'Raise answer_timeout_seconds in itemwise.yaml, or lower max_tokens.'
  // A stalled call is a time-out whatever went wrong before; one that was kept waiting failed for the reason it waited.
  if (last !== null && !calling) return fail(last, `The ${seconds(ms)} for this answer ended while waiting. ${remedy}`)
  if (attempts === 0 && ms <= 0) {
    return { do: 'fail' as const, kind: 'timeout' as const, message: `No time was left for a call. ${remedy}` }
  }
  if (attempts === 0) {
    const message = `No call could be made within ${seconds(ms)}, because the API had asked for fewer calls. ${remedy}`
    return { do: 'fail' as const, kind: 'rate_limited' as const, message }
  }
  const before = last === null ? '' : ` Before that: ${cause(last)}.`
  const message = `No whole answer came within ${seconds(ms)} (attempts: ${attempts}).${before} ${remedy}`
  return { do: 'fail' as const, kind: 'timeout' as const, message }
}

/** The kind of failure as it stands in the errors file and in retry messages. */
export function failureKind(callError: CallError): FailureKind {
  if (callError.what !== 'status') return callError.what
  if (callError.status === 429) return 'rate_limited'
  if (callError.status === 529) return 'overloaded'
  if (callError.status === 408 || callError.status === 504) return 'timeout'
  if (callError.status < 400) return 'bad_response'
  return canBeRetried(callError) ? 'server_error' : 'request_refused'
}

/** Whether the API asks for a longer wait than makes sense. */
export function asksTooLong(callError: CallError): boolean {
  return callError.what === 'status' && (callError.retryAfterMs ?? 0) > longestRetryAfterMs
}

/** What went wrong, as the beginning of a sentence without its full stop. */
export function cause(callError: CallError): string {
  const said = callError.what === 'status' ? `${callError.status}: ${callError.message}` : callError.message
  return `${causeByKind[failureKind(callError)] ?? 'The API failed'} (${said})`
}

const causeByKind: Partial<Record<FailureKind, string>> = {
  connection: 'The connection to the API failed',
  timeout: 'The API took too long',
  bad_response: 'What the API sent back is not a message',
  rate_limited: "The API's rate limit was reached",
  overloaded: 'The API was overloaded',
}

function fail(callError: CallError, rest: string): Decision & { do: 'fail' } {
  return { do: 'fail', kind: failureKind(callError), message: `${cause(callError)}. ${rest}` }
}

function canBeRetried(callError: CallError): boolean {
  if (callError.what !== 'status') return true
  const { status } = callError
  return status === 408 || status === 409 || status === 429 || status >= 500 || status < 400
}

function waitMs(callError: CallError, { attempt, random }: Situation): number {
  const asked = callError.what === 'status' ? callError.retryAfterMs : null
  if (asked !== null && asked > 0) return Math.ceil(Math.min(asked, longestRetryAfterMs) + random * retryAfterSpreadMs)
  const most = Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs)
  return Math.round(most * (0.5 + 0.5 * random))
}

function refusalMessage(callError: CallError): string {
  const said = callError.what === 'status' ? `${callError.status}: ${callError.message}` : callError.message
  return `The API refused the request (${said}). Change the prompt or the settings it names.`
}

function seconds(ms: number): string {
  return `${Number((Math.max(0, ms) / 1000).toFixed(1))} s`
}
