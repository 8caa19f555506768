import { afterEach, beforeEach, expect, test } from 'vitest'
import { BudgetReached, ItemFailed, ModelUnavailable } from '../../../core/errors.ts'
import type { AskOptions, Outcome, Question } from '../../../core/model.ts'
import { monotonic } from '../../../models/calls/monotonic.ts'
import { LiveModel, type LiveModelOptions } from '../../../models/claude/live.ts'
import { type AnthropicServer, type Fault, startAnthropicServer } from '../../anthropic-server.ts'

let server: AnthropicServer
let faults: (Fault | undefined)[]
/** What each call came to, in the order in which it was told; `null` until then. */
let outcomes: (Outcome | null)[]
const models: LiveModel[] = []

beforeEach(async () => {
  faults = []
  outcomes = []
  server = await startAnthropicServer({ answer: ({ nth }) => faults[nth - 1] })
})

afterEach(async () => {
  for (const model of models.splice(0)) await model.close()
  await server.close()
})

function live(options: Partial<LiveModelOptions> = {}): LiveModel {
  const sleep = async () => {}
  const model = new LiveModel({ apiKey: server.key, baseURL: server.url, random: () => 0, sleep, ...options })
  models.push(model)
  return model
}

const question: Question = {
  model: 'claude-haiku-5-5',
  max_tokens: 4096,
  effort: null,
  thinking: 'off',
  system: null,
  output_schema: null,
  turns: [{ role: 'user', content: 'Write a problem about fractions.' }],
}

function within(ms: number, more: Partial<AskOptions> = {}): AskOptions {
  const attempt = async () => {
    const at = outcomes.push(null) - 1
    return async (outcome: Outcome) => {
      outcomes[at] = outcome
    }
  }
  const signal = new AbortController().signal
  return { deadline: monotonic() + ms, signal, onRetry: () => {}, giveUpAfterMs: 0, attempt, ...more }
}

/** A call that is answered, as it is told. */
const answered = { model: 'claude-haiku-5-5', tokens: expect.objectContaining({ input_tokens: expect.any(Number) }) }

test.each<[Outcome & string, Fault]>([
  ['unbilled', { status: 429 }],
  ['unbilled', { status: 409 }],
  ['unbilled', { status: 529 }],
  ['unknown', { status: 408 }],
  ['unknown', { status: 500 }],
  ['unknown', { status: 503 }],
  ['unknown', { status: 504 }],
  ['unknown', { stall: true }],
  ['unknown', { delay_ms: 1000 }],
  ['unknown', { drop: 'before' }],
  ['unknown', { drop: 'middle' }],
  ['unknown', { garbled: true }],
  ['unknown', { html: true }],
  ['unknown', { empty: true }],
  ['unknown', { body: 'text' }],
])('a call is %s after %j, and the next one is asked for anew', async (outcome, wrong) => {
  faults = [wrong]
  // Only what never ends is cut short; a busy machine may take its time for the rest.
  const hangs = wrong.stall === true || wrong.delay_ms !== undefined
  await live({ attemptMs: () => (hangs && outcomes.length === 1 ? 150 : 30_000) }).ask(question, within(60_000))
  expect(outcomes).toEqual([outcome, answered])
  expect(outcomes).toHaveLength(server.requests.length)
})

test('a refused request is unbilled', async () => {
  await expect(live().ask({ ...question, max_tokens: 128_001 }, within(5000))).rejects.toBeInstanceOf(ItemFailed)
  expect(outcomes).toEqual(['unbilled'])
})

test('a reply is told with its model and its tokens', async () => {
  const { model, tokens } = await live().ask(question, within(5000))
  expect(outcomes).toEqual([{ model, tokens }])
})

test('a server that cannot be reached bills nothing', async () => {
  const gone = await startAnthropicServer()
  await gone.close()
  for (const baseURL of [gone.url, gone.url.replace('127.0.0.1', 'localhost')])
    await expect(live({ baseURL }).ask(question, within(60_000))).rejects.toBeInstanceOf(ModelUnavailable)
  // Eight attempts, and one call that looks whether the outage is over.
  expect(outcomes).toEqual(Array.from({ length: 18 }, () => 'unbilled'))
})

test('a call that is stopped, or runs out of time, is unknown', async () => {
  faults = [{ stall: true }, { stall: true }]
  const stop = new AbortController()
  const stopped = live().ask(question, within(60_000, { signal: stop.signal }))
  await expect.poll(() => server.requests.length).toBe(1)
  stop.abort(new Error('halt'))
  await expect(stopped).rejects.toThrow('halt')
  await expect(live().ask(question, within(200))).rejects.toBeInstanceOf(ItemFailed)
  expect(outcomes).toEqual(['unknown', 'unknown'])
})

test('where there is no money no call is made, what is thrown ends the ask, and the place is free for others', async () => {
  const model = live({ concurrency: 1 })
  const reached = new BudgetReached('The limit is reached.', { limit_usd: 1, spent_usd: 1 })
  const asked = model.ask(question, within(5000, { attempt: () => Promise.reject(reached) }))
  await expect(asked).rejects.toBe(reached)
  expect(server.requests).toEqual([])
  expect(await model.ask(question, within(5000))).toMatchObject({ attempts: 1 })
})

test('waiting for money is no part of the time for an answer', async () => {
  const attempt = async () => {
    await new Promise((resolve) => setTimeout(resolve, 700))
    return async () => {}
  }
  faults = [{ status: 500 }]
  expect(await live().ask(question, within(1000, { attempt }))).toMatchObject({ attempts: 2 })
  faults = [undefined, undefined, { stall: true }]
  await expect(live().ask(question, within(200, { attempt }))).rejects.toThrow('No whole answer came within 0.2 s')
})

test('a call that is held back by the pace holds no money', async () => {
  const held = Promise.withResolvers<void>()
  faults = [{ after: held.promise }]
  const model = live({ concurrency: 1 })
  const both = [model.ask(question, within(5000)), model.ask(question, within(5000))]
  await expect.poll(() => server.requests.length).toBe(1)
  expect(outcomes).toEqual([null])
  held.resolve()
  await Promise.all(both)
  expect(outcomes).toEqual([answered, answered])
})
