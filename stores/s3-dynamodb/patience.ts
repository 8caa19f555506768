/** How the stages on AWS try a request again: for at least a minute, however many requests are under way. */
import type { S3ClientConfig } from '@aws-sdk/client-s3'

type Strategies = Exclude<NonNullable<S3ClientConfig['retryStrategy']>, (...words: never[]) => unknown>
type RetryStrategy = Extract<Strategies, { acquireInitialRetryToken: unknown }>
type Token = Awaited<ReturnType<RetryStrategy['acquireInitialRetryToken']>>

/** Waits up to 0.1+0.2+…+6.4 s, then up to 10 s each, and at least half of that: between 66 and 133 seconds in all. */
const mostTries = 20
const firstWaitMs = 100
export const longestWaitMs = 10_000

/** The wait before a try, in milliseconds; the first is 1. `random`: from 0 up to 1. */
export function waitBefore(retry: number, random: number): number {
  return Math.min(longestWaitMs, firstWaitMs * 2 ** (retry - 1)) * (0.5 + random / 2)
}

/**
 * The SDK's own strategies share a quota of about 35 tries among all requests of a client, so that in an outage most of the
 * requests of a chunk fail at the first 503, and answers that were paid for are lost. Only this client's requests wait here:
 * at most as many as there are sockets, each with growing waits.
 */
export const patientStrategy: RetryStrategy = {
  async acquireInitialRetryToken() {
    return tokenOf(0)
  },
  async refreshRetryTokenForRetry(token, { errorType, retryAfterHint }) {
    const retry = token.getRetryCount() + 1
    if (retry >= mostTries || (errorType !== 'THROTTLING' && errorType !== 'TRANSIENT'))
      throw new Error('This request is not tried again.')
    const hinted = retryAfterHint === undefined ? 0 : Math.min(longestWaitMs, retryAfterHint.getTime() - Date.now())
    await new Promise((done) => setTimeout(done, Math.max(hinted, waitBefore(retry, Math.random()))))
    return tokenOf(retry)
  },
  recordSuccess() {},
}

function tokenOf(retries: number): Token & { getRetryCost(): undefined } {
  return { getRetryCount: () => retries, getRetryDelay: () => 0, getRetryCost: () => undefined }
}
