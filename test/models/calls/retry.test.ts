import { expect, test } from 'vitest'
import {
  asksTooLong,
  type CallError,
  type Decision,
  decideRetry,
  mostAttempts,
  outOfTime,
} from '../../../models/calls/retry.ts'
import { retryRules } from '../../../models/claude/retry-rules.ts'

const situation = {
  attempt: 1,
  now: 0,
  deadline: 600_000,
  random: 0.5,
  rules: retryRules({ model: 'claude-haiku-5-5' }),
}

function status(status: number, more: Partial<Extract<CallError, { what: 'status' }>> = {}): CallError {
  return { what: 'status', status, type: null, code: null, message: 'said so', retryAfterMs: null, ...more }
}

test('what may pass is tried again', () => {
  const passing: CallError[] = [
    ...[408, 409, 429, 500, 502, 503, 504, 529].map((code) => status(code)),
    { what: 'connection', message: 'ECONNRESET' },
    { what: 'timeout', message: 'no answer within 60 s' },
    { what: 'bad_response', message: 'no JSON' },
  ]
  expect(passing.map((callError) => decideRetry(callError, situation))).toEqual(
    passing.map(() => ({ do: 'wait', ms: 375 })),
  )
})

test('waits double from half a second to 30 seconds and are at least half of that', () => {
  const waits = (random: number) =>
    [1, 2, 3, 4, 5, 6, 7].map((attempt) => decideRetry(status(529), { ...situation, attempt, random }))
  const expected = (factor: number) =>
    [500, 1000, 2000, 4000, 8000, 16_000, 30_000].map((ms) => ({ do: 'wait', ms: ms * factor }))
  expect(waits(1)).toEqual(expected(1))
  expect(waits(0)).toEqual(expected(0.5))
})

test('retry-after is obeyed and spread a little', () => {
  const callError = status(429, { retryAfterMs: 45_000 })
  expect(decideRetry(callError, { ...situation, random: 0 })).toEqual({ do: 'wait', ms: 45_000 })
  expect(decideRetry(callError, { ...situation, random: 1 })).toEqual({ do: 'wait', ms: 45_500 })
})

test('a retry-after of 0 is no wish, so the usual wait holds', () => {
  expect(decideRetry(status(429, { retryAfterMs: 0 }), situation)).toEqual({ do: 'wait', ms: 375 })
})

test('a wait that would end after the deadline fails at once and says why', () => {
  const decision = decideRetry(status(429, { retryAfterMs: 45_000 }), { ...situation, now: 570_000, random: 0 })
  expect(decision).toEqual({
    do: 'fail',
    kind: 'rate_limited',
    message:
      "The API's rate limit was reached (429: said so). Only 30 s are left for this answer, and the next attempt would begin in 45 s. " +
      'Raise answer_timeout_seconds in itemwise.yaml, or ask for this item again later.',
  })
})

test('the last attempt fails with the kind of what went wrong', () => {
  const kind = (callError: CallError) =>
    (decideRetry(callError, { ...situation, attempt: mostAttempts }) as Decision & { do: 'fail' }).kind
  expect([status(429), status(529), status(500), status(409), status(504), status(302)].map(kind)).toEqual([
    'rate_limited',
    'overloaded',
    'server_error',
    'server_error',
    'timeout',
    'bad_response',
  ])
  expect((['connection', 'timeout', 'bad_response'] as const).map((what) => kind({ what, message: '' }))).toEqual([
    'connection',
    'timeout',
    'bad_response',
  ])
  expect(decideRetry(status(529), { ...situation, attempt: 8 })).toEqual({
    do: 'fail',
    kind: 'overloaded',
    message: 'The API was overloaded (529: said so). It was tried 8 times. Ask for this item again later.',
  })
})

test('a refused request fails its item with the words of the API', () => {
  expect([400, 413, 422].map((code) => decideRetry(status(code), situation))).toEqual(
    [400, 413, 422].map((code) => ({
      do: 'fail',
      kind: 'request_refused',
      message: `The API refused the request (${code}: said so). Change the prompt or the settings it names.`,
    })),
  )
})

test.each([
  ['a wrong key', status(401), 'ANTHROPIC_API_KEY'],
  ['an account that cannot pay', status(402), 'billing'],
  ['a key without permission', status(403), 'claude-haiku-5-5'],
  ['an unknown model', status(404, { type: 'not_found_error' }), 'does not know the model claude-haiku-5-5'],
  ['a wrong address', status(404), 'ANTHROPIC_BASE_URL'],
  ['the spend cap of the tier', status(429, { code: 'enforced_spend_limit_reached', retryAfterMs: 1 }), 'spend limit'],
  ['the spend limit of the contract', status(429, { code: 'contract_spend_limit_reached' }), 'spend limit'],
  [
    'a limit you set',
    status(400, { message: 'You have reached your specified API usage limits. Regain …' }),
    'spend limit',
  ],
  ['an empty account', status(400, { message: 'Your credit balance is too low to access the API.' }), 'spend limit'],
])('%s stops the run with a sentence to act on', (_name, callError, words) => {
  const decision = decideRetry(callError, situation)
  expect(decision).toMatchObject({ do: 'stop', message: expect.stringContaining(words) })
})

test('an answer whose time runs out during a call is a time-out that says what went wrong before', () => {
  const last: CallError = { what: 'connection', message: 'ECONNRESET' }
  expect(outOfTime({ attempts: 2, ms: 600_000, last, calling: true })).toEqual({
    do: 'fail',
    kind: 'timeout',
    message:
      'No whole answer came within 600 s (attempts: 2). Before that: The connection to the API failed (ECONNRESET). ' +
      'Raise answer_timeout_seconds in itemwise.yaml, or lower max_tokens.',
  })
})

test('an answer whose time runs out while it is held back fails for what held it back', () => {
  expect(outOfTime({ attempts: 1, ms: 5000, last: status(429), calling: false })).toMatchObject({
    kind: 'rate_limited',
  })
})

test('a retry-after is obeyed for a minute at most, and longer ones are known', () => {
  const asked = [60_000, 7_200_000, Number.POSITIVE_INFINITY].map((retryAfterMs) => status(429, { retryAfterMs }))
  expect(asked.map((callError) => decideRetry(callError, { ...situation, random: 0 }))).toEqual(
    asked.map(() => ({ do: 'wait', ms: 60_000 })),
  )
  expect(asked.map(asksTooLong)).toEqual([false, true, true])
})

test('a reply that could not be read is asked for once more and no oftener: each was paid for', () => {
  const callError: CallError = { what: 'bad_response', message: 'text: <html>' }
  expect(decideRetry(callError, { ...situation, unreadable: 1 })).toEqual({ do: 'wait', ms: 375 })
  expect(decideRetry(callError, { ...situation, attempt: 2, unreadable: 2 })).toEqual({
    do: 'fail',
    kind: 'bad_response',
    message:
      'What the API sent back is not a message (text: <html>). It was asked for 2 times, and each reply may have been paid for. ' +
      'Look at what stands between you and the API (ANTHROPIC_BASE_URL, a proxy).',
  })
})
