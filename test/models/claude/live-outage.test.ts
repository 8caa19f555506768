import { afterEach, beforeEach, expect, test } from 'vitest'
import { ModelUnavailable } from '../../../core/errors.ts'
import type { AskOptions, Outage, Question } from '../../../core/model.ts'
import type { Posting, Received, Transport } from '../../../models/calls/transport.ts'
import { LiveModel } from '../../../models/claude/live.ts'

const minute = 60_000

/** A clock that goes only where somebody sleeps: as far as the next who wakes, when everybody waits. */
class Clock {
  now = 0
  readonly #sleepers = new Set<{ at: number; wake: () => void }>()

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const sleeper = { at: this.now + ms, wake: resolve }
      this.#sleepers.add(sleeper)
      const onAbort = () => {
        this.#sleepers.delete(sleeper)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', onAbort)
    })

  /** Runs until this has settled. */
  async until<T>(done: Promise<T>): Promise<T> {
    let isDone = false
    const end = () => {
      isDone = true
    }
    done.then(end, end)
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve))
      const [first] = [...this.#sleepers].sort((a, b) => a.at - b.at)
      if (isDone || first === undefined) continue
      this.#sleepers.delete(first)
      this.now = Math.max(this.now, first.at)
      first.wake()
    }
    return done
  }
}

/** An API that answers after two seconds, or as it is told. */
class FakeApi implements Transport {
  calls: number[] = []
  fault: (now: number, nth: number) => { status: number; retryAfter?: string } | undefined = () => undefined
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async post({ signal }: Posting): Promise<Received> {
    const { now } = this.#clock
    this.calls.push(now)
    const fault = this.fault(now, this.calls.length)
    await this.#clock.sleep(fault === undefined ? 2000 : 100, signal)
    if (fault === undefined) return { status: 200, headers: {}, text: JSON.stringify(message) }
    const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }
    return { status: fault.status, headers, text: JSON.stringify({ type: 'error', error: { message: 'as asked' } }) }
  }

  async close(): Promise<void> {}
}

const message = {
  ...{ type: 'message', model: 'claude-haiku-5-5', stop_reason: 'end_turn', content: [{ type: 'text', text: '{}' }] },
  usage: { input_tokens: 10, output_tokens: 2 },
}

const question: Question = {
  ...{ model: 'claude-haiku-5-5', max_tokens: 400, effort: null, thinking: 'off', system: null, output_schema: null },
  turns: [{ role: 'user', content: 'Define w1.' }],
}

let clock: Clock
let api: FakeApi
let model: LiveModel
let told: (Outage | null)[]

beforeEach(() => {
  clock = new Clock()
  api = new FakeApi(clock)
  told = []
  model = new LiveModel({
    ...{ apiKey: 'sk-ant-test', transport: api, now: () => clock.now, wall: () => 1_790_000_000_000 + clock.now },
    ...{ sleep: clock.sleep, random: () => 0.5 },
  })
})
afterEach(() => model.close())

function options(more: Partial<AskOptions> = {}): AskOptions {
  const signal = new AbortController().signal
  const onOutage = (outage: Outage | null) => void told.push(outage)
  // The time limit's own alarm goes by the real clock, of which no time goes by here.
  return { deadline: clock.now + 10 * minute, signal, onRetry: () => {}, onOutage, giveUpAfterMs: 60 * minute, ...more }
}

/** So many asks, 16 at once; what each came to. */
async function askAll(count: number, more: Partial<AskOptions> = {}): Promise<string[]> {
  const outcomes: string[] = []
  let left = count
  const worker = async () => {
    while (left-- > 0)
      await model.ask(question, options(more)).then(
        () => outcomes.push('answered'),
        (error: Error) => outcomes.push(error.name),
      )
  }
  await clock.until(Promise.all(Array.from({ length: 16 }, worker)))
  return outcomes
}

const count = (outcomes: string[], what: string) => outcomes.filter((one) => one === what).length

test.each([529, 500, 503])(
  'fifteen minutes of %i fail none of 1,000 items, and few calls are made meanwhile',
  async (status) => {
    const from = 30_000
    const to = from + 15 * minute
    api.fault = (now) => (now >= from && now < to ? { status } : undefined)
    const outcomes = await askAll(1000)
    expect(count(outcomes, 'answered')).toBe(1000)
    const meanwhile = api.calls.filter((at) => at >= from + 15_000 && at < to)
    // After 5, 10, 20 and 30 s, then every minute.
    expect(meanwhile.length).toBeLessThanOrEqual(20)
    expect(told.at(-1)).toBeNull()
    expect(told[0]).toMatchObject({ next_ms: 5000, since: expect.any(Number) })
  },
)

test('an API that stays away ends all asks after the time that was given', async () => {
  api.fault = () => ({ status: 529 })
  const outcomes = await askAll(40)
  expect(count(outcomes, 'ModelUnavailable')).toBe(outcomes.length)
  expect(clock.now).toBeGreaterThanOrEqual(60 * minute)
  expect(clock.now).toBeLessThan(63 * minute)
})

test('an outage that others saw begin counts from then', async () => {
  api.fault = () => ({ status: 529 })
  const outageSince = 1_790_000_000_000 - 59 * minute
  await askAll(4, { outageSince })
  expect(clock.now).toBeLessThan(3 * minute)
})

test.each(['7200', 'Infinity', '1e9', 'Fri, 01 Jan 2100 00:00:00 GMT'])(
  'a senseless retry-after (%s) costs no item: one call looks after half a minute',
  async (retryAfter) => {
    api.fault = (_now, nth) => (nth === 20 ? { status: 429, retryAfter } : undefined)
    const outcomes = await askAll(60)
    expect(count(outcomes, 'answered')).toBe(60)
    expect(clock.now).toBeLessThan(3 * minute)
  },
)

test('a poisoned item fails alone, while the others are answered', async () => {
  const poisoned = { ...question, max_tokens: 1 }
  const transport: Transport = {
    post: async (posting) => {
      if (!posting.body.includes('"max_tokens":1,')) return api.post(posting)
      await clock.sleep(100, posting.signal)
      return { status: 500, headers: {}, text: '{}' }
    },
    close: async () => {},
  }
  model = new LiveModel({
    apiKey: 'sk-ant-test',
    transport,
    now: () => clock.now,
    sleep: clock.sleep,
    random: () => 0.5,
  })
  const failing = model.ask(poisoned, options()).catch((error: unknown) => error)
  expect(count(await askAll(100), 'answered')).toBe(100)
  expect(await clock.until(failing)).toMatchObject({ name: 'ItemFailed', kind: 'server_error', attempts: 8 })
  expect(told).toEqual([])
})

test('a stop ends the wait for the end of an outage with its reason', async () => {
  api.fault = () => ({ status: 529 })
  const stop = new AbortController()
  const reason = new Error('Ctrl-C')
  const asked = model.ask(question, options({ stop: stop.signal, onOutage: () => stop.abort(reason) }))
  await expect(clock.until(asked)).rejects.toBe(reason)
})

test('the time of an outage is no time of an answer', async () => {
  api.fault = (now) => (now < 30 * minute ? { status: 529 } : undefined)
  const reply = await clock.until(model.ask(question, options({ deadline: clock.now + minute })))
  expect(reply.text).toBe('{}')
  expect(clock.now).toBeGreaterThan(30 * minute)
})

test('what is thrown in the end says what happened and what to do', async () => {
  api.fault = () => ({ status: 529 })
  const asked = model.ask(question, options({ giveUpAfterMs: 10 * minute }))
  await expect(clock.until(asked)).rejects.toThrow(
    new ModelUnavailable(
      'The API has not answered for 10 minutes: The API was overloaded (529: as asked). The run ends here and can be resumed when the API is well again; give_up_after_minutes in itemwise.yaml says how long it waits.',
    ),
  )
})
