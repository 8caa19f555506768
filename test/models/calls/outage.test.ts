import { expect, test } from 'vitest'
import { ApiHealth, type Asker, probeWaitMs, signOf } from '../../../models/calls/outage.ts'
import type { CallError } from '../../../models/calls/retry.ts'

function status(code: number): CallError {
  return { what: 'status', status: code, type: null, code: null, message: 'said so', retryAfterMs: null }
}
const refused: CallError = { what: 'connection', message: 'ECONNREFUSED', connected: false }
const cut: CallError = { what: 'connection', message: 'other side closed', connected: true }
const slow: CallError = { what: 'timeout', message: 'no answer' }
const garbled: CallError = { what: 'bad_response', message: 'text: <html>' }

const asker = (): Asker => ({ answersBefore: null })

test('what a call meets says that the API is away, perhaps, that it is there, or nothing', () => {
  const signs = (troubles: CallError[]) => troubles.map(signOf)
  expect(signs([status(429), status(502), status(503), status(529), refused])).toEqual(Array(5).fill('away'))
  expect(signs([status(500), status(504), status(408), cut])).toEqual(Array(4).fill('perhaps_away'))
  expect(signs([status(400), status(401), status(413)])).toEqual(Array(3).fill('there'))
  expect(signs([slow, garbled])).toEqual(['none', 'none'])
})

test('ten seconds of failures without an answer are an outage, or less where somebody would be given up', () => {
  const health = new ApiHealth()
  health.failed(asker(), status(529), 0)
  expect([
    health.isAway(9999, { last: false }),
    health.isAway(10_000, { last: false }),
    health.isAway(1, { last: true }),
  ]).toEqual([false, true, true])
})

test('an answer to anybody, a refusal too, ends the suspicion', () => {
  for (const wrong of [null, status(400)]) {
    const health = new ApiHealth()
    health.failed(asker(), status(529), 0)
    if (wrong === null) health.answered(5000)
    else health.failed(asker(), wrong, 5000)
    expect(health.isAway(60_000, { last: true })).toBe(false)
  }
})

test('what may be the fault of one request is an outage only where two meet it', () => {
  const health = new ApiHealth()
  const one = asker()
  for (const now of [0, 10_000, 20_000]) health.failed(one, status(500), now)
  const alone = health.isAway(20_000, { last: true })
  health.failed(asker(), cut, 21_000)
  expect([alone, health.isAway(21_000, { last: false })]).toEqual([false, true])
})

test('an item that fails while others are answered is the cause itself, and no outage', () => {
  const health = new ApiHealth()
  const poisoned = [asker(), asker()]
  for (const one of poisoned) health.failed(one, status(500), 0)
  health.answered(1000)
  for (const now of [2000, 20_000, 60_000]) for (const one of poisoned) health.failed(one, status(500), now)
  expect(health.isAway(60_000, { last: true })).toBe(false)
})

test('an item that met an overload before may meet an outage later', () => {
  const health = new ApiHealth()
  const one = asker()
  health.failed(one, status(529), 0)
  health.answered(1000)
  health.failed(one, status(529), 2000)
  const soon = health.isAway(2000, { last: true })
  health.failed(one, status(529), 22_000)
  expect([soon, health.isAway(32_000, { last: false })]).toEqual([false, true])
})

test('a look follows after 5, 10, 20 and 30 seconds, then every minute', () => {
  expect([1, 2, 3, 4, 5, 50].map(probeWaitMs)).toEqual([5000, 10_000, 20_000, 30_000, 60_000, 60_000])
})
