/**
 * What the API's rate-limit headers say is left, and how far apart calls must begin so as not to run into the wall.
 * Source of the headers: the API's documentation of `anthropic-ratelimit-*`, 2026-08.
 */
import { serverTime } from '../calls/server-time.ts'

const kinds = {
  requests: 'requests',
  'input-tokens': 'input tokens',
  'output-tokens': 'output tokens',
  tokens: 'tokens',
} as const

type Kind = keyof typeof kinds

const headerNames = (Object.keys(kinds) as Kind[]).map((kind) => {
  const name = `anthropic-ratelimit-${kind}`
  return { kind, limit: `${name}-limit`, remaining: `${name}-remaining`, reset: `${name}-reset` }
})

interface Left {
  limit: number
  remaining: number
  /** When it is full again, in milliseconds of a clock that is never set. */
  reset: number
}

/** The limits are per minute. A reset that is further away must hold nobody for so long. */
const longestResetMs = 60_000

/** Below this share of a limit calls are spread over the time until it is full again; above it there is room for everyone. */
const scarceShare = 0.2

// How much a new reply counts in the average use of a call.
const weight = 0.1

export class RateLimits {
  readonly #left = new Map<Kind, Left>()
  readonly #use = new Map<Kind, number>([['requests', 1]])

  /**
   * Takes in the headers of a response, whatever its status. `now`: by the clock of `interval`; `wall`: in epoch milliseconds, as
   * the headers say moments.
   */
  note(headers: Record<string, string | string[] | undefined>, { now, wall }: { now: number; wall: number }): void {
    const there = serverTime(headers.date?.toString(), wall)
    for (const { kind, limit, remaining, reset } of headerNames) {
      if (headers[limit] === undefined) continue
      const value = (name: string) => String(headers[name] ?? '')
      const left = {
        limit: Number(value(limit) || Number.NaN),
        remaining: Number(value(remaining) || Number.NaN),
        reset: now + Math.min(Date.parse(value(reset)) - there, longestResetMs),
      }
      if (Object.values(left).every(Number.isFinite)) this.#left.set(kind, left)
    }
  }

  /** Takes in what a call used: input tokens that were not read from the cache, and output tokens. */
  used(input: number, output: number): void {
    this.#learn('input-tokens', input)
    this.#learn('output-tokens', output)
    this.#learn('tokens', input + output)
  }

  #learn(kind: Kind, tokens: number): void {
    const before = this.#use.get(kind)
    this.#use.set(kind, before === undefined ? tokens : before + (tokens - before) * weight)
  }

  /** Milliseconds between the beginnings of two calls; 0 where nothing is scarce. */
  interval(now: number): number {
    return this.#tightest(now).interval
  }

  /** The limit that holds the calls back, in words, or null. */
  holding(now: number): string | null {
    const { kind } = this.#tightest(now)
    return kind === null ? null : `${kinds[kind]} per minute`
  }

  #tightest(now: number): { interval: number; kind: Kind | null } {
    let tightest: { interval: number; kind: Kind | null } = { interval: 0, kind: null }
    for (const [kind, { limit, remaining, reset }] of this.#left) {
      if (reset <= now || remaining >= limit * scarceShare) continue
      const calls = Math.max(1, remaining / Math.max(1, this.#use.get(kind) ?? 1))
      const interval = (reset - now) / calls
      if (interval > tightest.interval) tightest = { interval, kind }
    }
    return tightest
  }
}
