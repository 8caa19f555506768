/** A token bucket like the API's: so many requests, filled up again evenly over so many seconds. */
import type { ServerResponse } from 'node:http'

export interface RateLimit {
  requests: number
  seconds: number
}

export class Bucket {
  readonly #limit: RateLimit
  #left: number
  #at = performance.now()
  refused = 0

  constructor(limit: RateLimit) {
    this.#limit = limit
    this.#left = limit.requests
  }

  /** Takes one request, writes the headers, and says whether there was one to take. */
  take(response: ServerResponse): boolean {
    const { requests, seconds } = this.#limit
    const now = performance.now()
    this.#left = Math.min(requests, this.#left + ((now - this.#at) / 1000) * (requests / seconds))
    this.#at = now
    const taken = this.#left >= 1
    if (taken) this.#left -= 1
    else this.refused += 1
    const fullIn = ((requests - this.#left) / requests) * seconds
    response.setHeader('anthropic-ratelimit-requests-limit', requests)
    response.setHeader('anthropic-ratelimit-requests-remaining', Math.floor(this.#left))
    response.setHeader('anthropic-ratelimit-requests-reset', new Date(Date.now() + fullIn * 1000).toISOString())
    if (!taken) response.setHeader('retry-after', Math.ceil((seconds / requests) * 1).toString())
    return taken
  }
}
