import { afterEach, beforeEach, expect, test } from 'vitest'
import { ItemFailed, ModelUnavailable } from '../../../core/errors.ts'
import type { Question, Retry } from '../../../core/model.ts'
import type { Posting, Received } from '../../../models/calls/transport.ts'
import { LiveModel } from '../../../models/claude/live.ts'
import { type AnthropicServer, startAnthropicServer } from '../../anthropic-server.ts'

let server: AnthropicServer
beforeEach(async () => {
  server = await startAnthropicServer()
})
afterEach(() => server.close())

const question: Question = {
  model: 'claude-haiku-5-5',
  max_tokens: 4096,
  effort: 'low',
  thinking: 'off',
  system: 'Be brief.',
  output_schema: { type: 'object', properties: {}, required: [], additionalProperties: false },
  turns: [{ role: 'user', content: 'Write a problem.' }],
}

const within = (ms: number, onRetry: (retry: Retry) => void = () => {}) => ({
  deadline: Date.now() + ms,
  signal: new AbortController().signal,
  onRetry,
})

test('a question is counted as it would be sent, but for max_tokens', async () => {
  const model = new LiveModel({ apiKey: server.key, baseURL: server.url })
  const tokens = await model.countTokens(question, within(5000))
  const { usage } = { usage: (await model.ask(question, within(5000))).tokens }
  const [counted, asked] = server.requests.map(({ path, body }) => ({ path, body: body as Record<string, unknown> }))
  const { max_tokens, ...same } = asked!.body
  expect({ tokens, counted }).toEqual({
    tokens: usage.input_tokens,
    counted: { path: '/v1/messages/count_tokens', body: same },
  })
})

test('a wrong key ends all counting', async () => {
  const model = new LiveModel({ apiKey: 'sk-wrong', baseURL: server.url })
  await expect(model.countTokens(question, within(5000))).rejects.toThrow(ModelUnavailable)
  expect(server.requests.length).toBe(1)
})

test('what the API refuses fails this question only', async () => {
  const model = new LiveModel({ apiKey: server.key, baseURL: server.url })
  const empty = { ...question, turns: [{ role: 'user' as const, content: ' ' }] }
  await expect(model.countTokens(empty, within(5000))).rejects.toThrow(ItemFailed)
  expect(server.requests.length).toBe(1)
})

/** A transport that first answers with these responses, and then counts. */
class Troubled {
  readonly #responses: Received[]
  constructor(...responses: Received[]) {
    this.#responses = responses
  }
  readonly post = async () => this.#responses.shift() ?? json({ input_tokens: 7 })
  readonly close = async () => {}
}

function json(body: unknown, status = 200): Received {
  return { status, headers: { 'content-type': 'application/json' }, text: JSON.stringify(body) }
}

const overloaded = () => json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 529)

test('it is tried again as an answer is', async () => {
  const transport = new Troubled(overloaded(), json({ tokens: 'many' }))
  const waits: number[] = []
  const model = new LiveModel({
    apiKey: server.key,
    transport,
    sleep: async (ms) => void waits.push(ms),
    random: () => 1,
  })
  const retries: string[] = []
  const tokens = await model.countTokens(
    question,
    within(60_000, ({ kind }) => retries.push(kind)),
  )
  expect({ tokens, retries, waits }).toEqual({ tokens: 7, retries: ['overloaded', 'bad_response'], waits: [500, 1000] })
})

test('it ends where the time for it does', async () => {
  const transport = new Troubled(overloaded(), overloaded(), overloaded())
  const model = new LiveModel({ apiKey: server.key, transport, sleep: async () => {}, random: () => 1 })
  await expect(model.countTokens(question, within(400))).rejects.toThrow(/Only .* are left for this answer/)
})

test('a stop ends it with the reason of the stop', async () => {
  const stop = new AbortController()
  const reason = new Error('Ctrl-C')
  const transport = {
    post: ({ signal }: Posting) =>
      new Promise<Received>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        stop.abort(reason)
      }),
    close: async () => {},
  }
  const model = new LiveModel({ apiKey: server.key, transport })
  await expect(model.countTokens(question, { ...within(60_000), signal: stop.signal })).rejects.toBe(reason)
})
