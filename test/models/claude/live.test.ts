import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ItemFailed, ModelUnavailable } from '../../../core/errors.ts'
import type { AskOptions, Question, Retry } from '../../../core/model.ts'
import { monotonic } from '../../../models/calls/monotonic.ts'
import { apiRequest } from '../../../models/claude/api-request.ts'
import { LiveModel, type LiveModelOptions } from '../../../models/claude/live.ts'
import { type AnthropicServer, type Call, type Fault, startAnthropicServer } from '../../anthropic-server.ts'

let server: AnthropicServer
let fault: (call: Call) => Fault | string | undefined
let retries: Retry[]
/** Waits that the model made, in milliseconds; they take no time here. */
let waits: number[]
const models: LiveModel[] = []

beforeEach(async () => {
  fault = () => undefined
  retries = []
  waits = []
  server = await startAnthropicServer({ answer: (call) => fault(call) })
})

afterEach(async () => {
  for (const model of models.splice(0)) await model.close()
  await server.close()
})

/** Sleeping takes no time and moves the clock, in whole seconds as HTTP dates need it. */
class Clock {
  #now = 1_790_000_000_000
  readonly now = () => this.#now
  readonly sleep = async (ms: number, signal?: AbortSignal) => {
    signal?.throwIfAborted()
    this.#now += ms
  }
}

function live(options: Partial<LiveModelOptions> = {}): LiveModel {
  const sleep = async (ms: number, signal?: AbortSignal) => {
    signal?.throwIfAborted()
    waits.push(ms)
  }
  const model = new LiveModel({ apiKey: server.key, baseURL: server.url, random: () => 0, sleep, ...options })
  models.push(model)
  return model
}

function question(change: Partial<Question> = {}): Question {
  const turns = [{ role: 'user' as const, content: 'Write a problem about fractions.' }]
  return {
    model: 'claude-haiku-5-5',
    max_tokens: 4096,
    effort: null,
    thinking: 'off',
    system: null,
    output_schema: null,
    turns,
    ...change,
  }
}

function within(ms: number, more: Partial<AskOptions> = {}): AskOptions {
  return {
    deadline: monotonic() + ms,
    signal: new AbortController().signal,
    giveUpAfterMs: 0,
    onRetry: (retry) => retries.push(retry),
    ...more,
  }
}

async function failure(asked: Promise<unknown>): Promise<ItemFailed> {
  const error = await asked.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof ItemFailed))
    throw new Error(`expected ItemFailed, but got ${inspect(error)}`, { cause: error })
  return error
}

test('a reply has its text, tokens, request id, attempts and time', async () => {
  fault = () => '{"a": 1}'
  expect(await live().ask(question({ system: 'You are a teacher.' }), within(5000))).toEqual({
    text: '{"a": 1}',
    stop_reason: 'end_turn',
    model: 'claude-haiku-5-5',
    tokens: { input_tokens: 24, output_tokens: 3, cache_read_tokens: 0, cache_write_tokens: 0 },
    request_id: 'req_00000001',
    attempts: 1,
    milliseconds: expect.any(Number),
  })
})

test('what is sent is the question and nothing else', async () => {
  const output_schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  }
  await live().ask(question({ system: 'Be brief.', effort: 'low', output_schema }), within(5000))
  const { $schema, ...schema } = output_schema
  expect(server.requests.map(({ body }) => body)).toEqual([
    {
      model: 'claude-haiku-5-5',
      max_tokens: 4096,
      system: 'Be brief.',
      messages: [{ role: 'user', content: 'Write a problem about fractions.' }],
      thinking: { type: 'disabled' },
      output_config: { effort: 'low', format: { type: 'json_schema', schema } },
    },
  ])
})

test.each([
  ['claude-haiku-5-5', {}, { type: 'disabled' }],
  ['claude-haiku-5-5', { effort: 'xhigh' }, undefined],
  ['claude-sonnet-5-5', {}, { type: 'between_tools' }],
  ['claude-opus-5-5', {}, undefined],
  ['claude-fable-5-2', {}, undefined],
  ['claude-opus-5', {}, { type: 'disabled' }],
  ['claude-haiku-4-5-20251001', {}, { type: 'disabled' }],
  ['claude-haiku-5-5', { thinking: 'adaptive' }, { type: 'adaptive' }],
  ['claude-sonnet-4-6', { thinking: { budget_tokens: 2000 } }, { type: 'enabled', budget_tokens: 2000 }],
] as [string, Partial<Question>, unknown][])(
  '%s with %j thinks as little as the model takes',
  async (model, settings, thinking) => {
    await live().ask(question({ model, ...settings }), within(5000))
    const [sent] = server.requests.map(({ body }) => body as { thinking?: unknown })
    expect(sent?.thinking).toEqual(thinking)
  },
)

test('text is found behind a thinking block', async () => {
  fault = () => ({ thinking: true, text: '{"a": 1}' })
  expect(await live().ask(question(), within(5000))).toMatchObject({ text: '{"a": 1}', stop_reason: 'end_turn' })
})

test('a cut answer and a refusal are replies with their stop reason', async () => {
  fault = ({ nth }) => (nth === 1 ? { truncated: true, text: '{"a": "long"}' } : { refusal: true })
  const model = live()
  expect(await model.ask(question(), within(5000))).toMatchObject({
    text: '{"a": ',
    stop_reason: 'max_tokens',
    attempts: 1,
  })
  expect(await model.ask(question(), within(5000))).toMatchObject({ text: '', stop_reason: 'refusal', attempts: 1 })
})

test.each([
  ['rate_limited', { status: 429 }],
  ['overloaded', { status: 529 }],
  ['server_error', { status: 500 }],
  ['server_error', { status: 503 }],
  ['server_error', { status: 409 }],
  ['timeout', { status: 504 }],
  ['timeout', { status: 408 }],
  ['timeout', { stall: true }],
  ['timeout', { delay_ms: 1000 }],
  ['connection', { drop: 'before' }],
  ['connection', { drop: 'middle' }],
] as [string, Fault][])('%s is tried again: %j', async (kind, wrong) => {
  fault = ({ nth }) => (nth <= 2 ? wrong : 'fine')
  const reply = await live({ attemptMs: () => 150 }).ask(question(), within(5000))
  expect(reply).toMatchObject({ text: 'fine', attempts: 3, request_id: 'req_00000003' })
  expect(retries.map(({ attempt, wait_ms, kind }) => ({ attempt, wait_ms, kind }))).toEqual([
    { attempt: 1, wait_ms: 250, kind },
    { attempt: 2, wait_ms: 500, kind },
  ])
  expect(waits).toEqual([250, 500])
})

test('an item fails after eight attempts with what went wrong, its request id and its attempts', async () => {
  fault = () => ({ status: 500, message: 'Internal' })
  const error = await failure(live().ask(question(), within(60_000)))
  expect({ ...error, message: error.message }).toEqual({
    name: 'ItemFailed',
    kind: 'server_error',
    attempts: 8,
    request_id: 'req_00000008',
    cost_unknown: false,
    message: 'The API failed (500: Internal). It was tried 8 times. Ask for this item again later.',
  })
})

test('a server that is not there ends the run when it has been waited for', async () => {
  const gone = await startAnthropicServer()
  await gone.close()
  const asked = live({ baseURL: gone.url }).ask(question(), within(60_000))
  await expect(asked).rejects.toThrow(ModelUnavailable)
  await expect(asked).rejects.toThrow(
    /^The API has not answered: The connection to the API failed \(connect ECONNREFUSED 127\.0\.0\.1:\d+\)\. The run ends here and can be resumed/,
  )
})

test('retry-after is obeyed, in seconds and as a date', async () => {
  const clock = new Clock()
  fault = ({ nth }) => {
    if (nth === 1) return { status: 429, retry_after: 7 }
    return nth === 2 ? { status: 503, retry_after: new Date(Date.now() + 9000).toUTCString() } : 'fine'
  }
  await live(clock).ask(question(), within(0, { deadline: clock.now() + 60_000 }))
  const [seconds, date = 0] = retries.map(({ wait_ms }) => wait_ms)
  // Dates have whole seconds.
  expect([seconds, date >= 8000 && date <= 9000]).toEqual([7000, true])
})

test('a refused request fails its item with the words of the API', async () => {
  const error = await failure(live().ask(question({ max_tokens: 128_001 }), within(5000)))
  expect(error).toMatchObject({
    kind: 'request_refused',
    attempts: 1,
    request_id: 'req_00000001',
    message:
      'The API refused the request (400: max_tokens: 128001 > 128000, which is the maximum allowed for claude-haiku-5-5). ' +
      'Change the prompt or the settings it names.',
  })
})

test('half a character goes out as U+FFFD, in turns and system prompt', async () => {
  const turns = [
    { role: 'user' as const, content: 'half \ud83d' },
    { role: 'assistant' as const, content: '\ude00' },
    { role: 'user' as const, content: 'again \ud83d' },
  ]
  const answered = await live().ask(question({ turns, system: 'S\ud83d' }), within(5000))
  expect(answered.stop_reason).toBe('end_turn')
  expect(apiRequest(question({ turns, system: 'S\ud83d' }))).toMatchObject({
    system: 'S\ufffd',
    messages: [{ content: 'half \ufffd' }, { content: '\ufffd' }, { content: 'again \ufffd' }],
  })
})

test('a cached beginning that would end in half a character does not', () => {
  const turns = [{ role: 'user' as const, content: 'Rules \ud83d\ude00 more' }]
  expect(apiRequest(question({ turns, shared: 7 })).messages[0]?.content).toMatchObject([
    { text: 'Rules \ufffd' },
    { text: '\ufffd more' },
  ])
})

test.each([
  ['a wrong key', { status: 401 }, 'ANTHROPIC_API_KEY'],
  ['an account that cannot pay', { status: 402 }, 'billing'],
  ['a key without permission', { status: 403 }, 'claude-haiku-5-5'],
  ['an unknown model', { status: 404 }, 'does not know the model claude-haiku-5-5'],
  ['the spend cap of the tier', { status: 429, code: 'enforced_spend_limit_reached' }, 'spend limit'],
  ['a limit you set', { status: 400, message: 'You have reached your specified API usage limits.' }, 'spend limit'],
] as [string, Fault, string][])('%s ends the run at once', async (_name, wrong, words) => {
  fault = () => wrong
  const asked = live().ask(question(), within(5000))
  await expect(asked).rejects.toThrow(ModelUnavailable)
  await expect(asked).rejects.toThrow(words)
  expect(server.requests).toHaveLength(1)
  expect(retries).toEqual([])
})

test('the deadline covers a stalled body and frees the connection', async () => {
  fault = () => ({ stall: true })
  const started = performance.now()
  const error = await failure(live().ask(question(), within(300)))
  expect(performance.now() - started).toBeLessThan(2000)
  expect(error).toMatchObject({ kind: 'timeout', attempts: 1 })
  expect(error.message).toMatch(/^No whole answer came within 0\.3 s \(attempts: 1\)\./)
  await expect.poll(() => server.connections()).toBe(0)
})

test('the deadline covers all attempts together and names what went wrong before', async () => {
  fault = ({ nth }) => (nth === 1 ? { status: 500, message: 'Internal' } : { stall: true })
  const error = await failure(live().ask(question(), within(1200)))
  expect(error).toMatchObject({ kind: 'timeout', attempts: 2, request_id: 'req_00000001' })
  expect(error.message).toContain('Before that: The API failed (500: Internal).')
})

test('a deadline that has passed costs no call', async () => {
  expect(await failure(live().ask(question(), within(-1)))).toMatchObject({ kind: 'timeout', attempts: 0 })
  expect(server.requests).toEqual([])
})

test('a deadline that comes while calls are held back costs no call', async () => {
  const model = live({ concurrency: 1 })
  fault = () => ({ delay_ms: 300 })
  const first = model.ask(question(), within(5000))
  expect(await failure(model.ask(question(), within(100)))).toMatchObject({ kind: 'rate_limited', attempts: 0 })
  await first
  expect(server.requests).toHaveLength(1)
})

test('a stop during a call, and one during a wait, takes effect at once and throws its reason', async () => {
  const reason = new Error('second Ctrl-C')
  for (const wrong of [{ stall: true }, { status: 529 }] as Fault[]) {
    fault = () => wrong
    const stop = new AbortController()
    const model = new LiveModel({ apiKey: server.key, baseURL: server.url, random: () => 1 })
    models.push(model)
    const asked = model.ask(question(), within(60_000, { signal: stop.signal }))
    setTimeout(() => stop.abort(reason), 150)
    const started = performance.now()
    await expect(asked).rejects.toBe(reason)
    expect(performance.now() - started).toBeLessThan(450)
  }
})

test('a stopped run makes no further call', async () => {
  const reason = new Error('stopped')
  await expect(live().ask(question(), within(5000, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
  expect(server.requests).toEqual([])
})

test('a 429 holds back all calls at once', async () => {
  const clock = new Clock()
  const model = live(clock)
  const moments: number[] = []
  fault = ({ nth }) => {
    moments.push(clock.now())
    return nth === 1 ? { status: 429, retry_after: 20 } : 'fine'
  }
  const start = clock.now()
  const options = within(0, { deadline: start + 60_000 })
  const others = within(0, { deadline: start + 60_000 })
  const first = model.ask(question(), { ...options, onRetry: () => void asked.push(model.ask(question(), others)) })
  const asked: Promise<unknown>[] = []
  await first
  await Promise.all(asked)
  expect(moments.map((moment) => moment - start >= 20_000)).toEqual([false, true, true])
})

test('no more calls than the given concurrency go out at once', async () => {
  fault = () => ({ delay_ms: 20 })
  const model = live({ concurrency: 3 })
  await Promise.all(Array.from({ length: 12 }, () => model.ask(question(), within(20_000))))
  expect(server.mostAtOnce).toBe(3)
})

test('connections are reused', async () => {
  const model = live()
  for (let call = 0; call < 5; call++) await model.ask(question(), within(5000))
  // The second opens where undici has not yet noticed that the first is free again.
  expect(await server.connections()).toBeLessThanOrEqual(2)
})

test('the key stands in no error, whatever goes wrong and whoever repeats it', async () => {
  const key = server.key
  const faults: Fault[] = [
    { status: 401, message: `invalid key ${key}` },
    { status: 403 },
    { status: 400, message: `bad ${key}` },
    { status: 529, message: `busy ${key}` },
    { drop: 'before' },
    { garbled: true },
  ]
  for (const wrong of faults) {
    fault = () => wrong
    const error = await live()
      .ask(question(), within(60_000))
      .then(
        () => new Error('expected a failure'),
        (error: Error) => error,
      )
    expect(`${error.message} ${JSON.stringify(retries)}`).not.toContain(key)
  }
  for (const wrong of [{ status: 403 }, { drop: 'before' }] as Fault[]) {
    fault = () => wrong
    const error = await live()
      .ask(question(), within(60_000))
      .catch((error: unknown) => error)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(key)
  }
})

test('a key with a line end is taken; one that no header can carry is refused without being shown', async () => {
  expect(await live({ apiKey: `${server.key}\n` }).ask(question(), within(5000))).toMatchObject({ attempts: 1 })
  expect(() => live({ apiKey: 'sk-ant-ключ' })).toThrow(
    new ModelUnavailable(
      'The key in ANTHROPIC_API_KEY holds characters that cannot be sent. Expected printable ASCII without blanks. Copy it again from the Claude Console.',
    ),
  )
  expect(() => live({ apiKey: ' ' })).toThrow('is empty')
})

test('a deprecated model prints nothing', async () => {
  const said: unknown[] = []
  const { warn } = console
  console.warn = (...words: unknown[]) => void said.push(words)
  try {
    await live().ask(question({ model: 'claude-sonnet-4-5' }), within(5000))
  } finally {
    console.warn = warn
  }
  expect(said).toEqual([])
})
