import { expect, test } from 'vitest'
import { RateLimits } from '../../../models/claude/rate-limits.ts'

const now = Date.parse('2026-11-23T10:00:00Z')
const moment = { now, wall: now }

function headers(kind: string, { limit, remaining, seconds }: { limit: number; remaining: number; seconds: number }) {
  return {
    [`anthropic-ratelimit-${kind}-limit`]: String(limit),
    [`anthropic-ratelimit-${kind}-remaining`]: String(remaining),
    [`anthropic-ratelimit-${kind}-reset`]: new Date(now + seconds * 1000).toISOString(),
  }
}

test('nothing is spread while there is room', () => {
  const limits = new RateLimits()
  limits.note(headers('requests', { limit: 1000, remaining: 500, seconds: 30 }), moment)
  expect([limits.interval(now), limits.holding(now)]).toEqual([0, null])
})

test('scarce requests are spread over the time until the limit is full again', () => {
  const limits = new RateLimits()
  limits.note(headers('requests', { limit: 1000, remaining: 100, seconds: 30 }), moment)
  expect([limits.interval(now), limits.holding(now)]).toEqual([300, 'requests per minute'])
})

test('scarce tokens are divided by what a call uses', () => {
  const limits = new RateLimits()
  limits.used(2000, 100)
  limits.note(headers('input-tokens', { limit: 1_000_000, remaining: 20_000, seconds: 60 }), moment)
  expect([limits.interval(now), limits.holding(now)]).toEqual([6000, 'input tokens per minute'])
})

test('the tightest limit holds', () => {
  const limits = new RateLimits()
  limits.used(10, 1000)
  limits.note(headers('requests', { limit: 1000, remaining: 100, seconds: 60 }), moment)
  limits.note(headers('output-tokens', { limit: 400_000, remaining: 10_000, seconds: 60 }), moment)
  expect([limits.interval(now), limits.holding(now)]).toEqual([6000, 'output tokens per minute'])
})

test('a limit that is full again holds nobody', () => {
  const limits = new RateLimits()
  limits.note(headers('requests', { limit: 1000, remaining: 0, seconds: 5 }), moment)
  expect(limits.interval(now + 5000)).toBe(0)
})

test('with nothing left one call waits for the reset', () => {
  const limits = new RateLimits()
  limits.note(headers('requests', { limit: 1000, remaining: 0, seconds: 5 }), moment)
  expect(limits.interval(now)).toBe(5000)
})

test('headers that are missing or no numbers are passed over', () => {
  const limits = new RateLimits()
  limits.note({ 'anthropic-ratelimit-requests-limit': '1000', 'anthropic-ratelimit-requests-reset': 'soon' }, moment)
  limits.note({}, moment)
  expect(limits.interval(now)).toBe(0)
})

test('a reset that is far away, or said by a clock that goes wrong, holds nobody for longer than a minute', () => {
  const limits = new RateLimits()
  limits.note(headers('requests', { limit: 1000, remaining: 0, seconds: 7200 }), moment)
  expect(limits.interval(now)).toBe(60_000)
})

test('a reset counts by the clock of the server and goes by with ours, however the clock of the machine is set', () => {
  const limits = new RateLimits()
  const date = new Date(now).toUTCString()
  const hourBehind = { now: 5000, wall: now - 3_600_000 }
  limits.note({ ...headers('requests', { limit: 1000, remaining: 0, seconds: 5 }), date }, hourBehind)
  expect([limits.interval(5000), limits.interval(9000), limits.interval(10_000)]).toEqual([5000, 1000, 0])
})
