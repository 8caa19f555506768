/** The API's message batches as core takes them, against the loopback server with the real SDK. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ModelUnavailable } from '../../../core/errors.ts'
import { BatchCallFailed, type BatchedQuestion, type BatchResult } from '../../../core/message-batches.ts'
import { LiveModel } from '../../../models/claude/live.ts'
import { type AnthropicServer, startAnthropicServer } from '../../anthropic-server.ts'

let server: AnthropicServer
let batches: LiveModel['batches']
const { signal } = new AbortController()

beforeEach(async () => {
  server = await startAnthropicServer()
  batches = new LiveModel({ apiKey: server.key, baseURL: server.url }).batches
})
afterEach(() => server.close())

const settings = { model: 'claude-haiku-5-5', max_tokens: 100, effort: null, thinking: 'off' as const, system: null }
const asked = (name: string, change: object = {}): BatchedQuestion => ({
  custom_id: name,
  question: { ...settings, output_schema: null, turns: [{ role: 'user', content: `Say ${name}.` }], ...change },
})

async function* some(...requests: BatchedQuestion[]): AsyncGenerator<BatchedQuestion> {
  yield* requests
}

async function resultsOf(id: string): Promise<BatchResult[]> {
  return Array.fromAsync(batches.results({ id, model: settings.model }, signal))
}

test('questions are sent, looked after and answered, in another order, with what each used', async () => {
  const sent = await batches.create(some(asked('a'), asked('b')), signal)
  expect(sent).toMatchObject({ id: 'msgbatch_00000001', hasEnded: false, requests: 2 })
  expect(await batches.look(sent.id, signal)).toMatchObject({ status: 'ended', hasEnded: true, requests: 2 })
  const results = await resultsOf(sent.id)
  expect(results.map(({ custom_id }) => custom_id)).toEqual(['b', 'a'])
  expect(results[1]).toMatchObject({
    outcome: 'succeeded',
    reply: { delivery: 'batch', request_id: 'msgbatch_00000001/a', attempts: 1, tokens: { output_tokens: 17 } },
  })
})

test('all are listed, page by page, the newest first', async () => {
  for (let nth = 0; nth < 130; nth++) server.batches.create({ requests: [{ custom_id: 'a', params: {} as never }] })
  const listed = await Array.fromAsync(batches.list(signal))
  expect(listed).toHaveLength(130)
  expect(listed[0]?.id).toBe('msgbatch_00000130')
})

describe('what goes wrong', () => {
  const failing = (make: () => Promise<unknown>) =>
    make().then(
      () => null,
      (error: unknown) => error,
    )

  test.each([
    ['a 429', () => 429, { mayPass: true, unsent: true }],
    ['a 500', () => 500, { mayPass: true, unsent: false }],
    ['a 400', () => 400, { mayPass: false, unsent: true }],
    ['a cut connection', () => 'cut' as const, { mayPass: true, unsent: false, kind: 'connection' }],
    ['an answer that is lost', () => 'cut after' as const, { mayPass: true, unsent: false, kind: 'connection' }],
  ])('%s of the create call says whether there may be a batch', async (_what, onCreate, expected) => {
    server.batches.behaviour.onCreate = onCreate
    const error = await failing(() => batches.create(some(asked('a')), signal))
    expect(error).toBeInstanceOf(BatchCallFailed)
    expect(error).toMatchObject(expected)
  })

  test('a body that is too large', async () => {
    server.batches.behaviour.mostBytes = 1000
    const text = [{ role: 'user', content: 'x'.repeat(1000) }]
    const error = await failing(() => batches.create(some(asked('a', { turns: text })), signal))
    expect(error).toMatchObject({ isTooLarge: true, unsent: true, mayPass: false })
  })

  test('a batch that is not known, and an API without batches', async () => {
    expect(await failing(() => batches.look('msgbatch_9', signal))).toMatchObject({ isNotFound: true, mayPass: false })
    server.batches.behaviour.absent = true
    expect(await failing(() => Array.fromAsync(batches.list(signal)))).toMatchObject({ isNotFound: true })
  })

  test('a wrong key ends everything, and is shown nowhere', async () => {
    const wrong = new LiveModel({ apiKey: 'sk-ant-wrong-0123456789', baseURL: server.url }).batches
    const error = (await failing(() => wrong.look('a', signal))) as Error
    expect(error).toBeInstanceOf(ModelUnavailable)
    expect(`${error.message} ${error.stack} ${JSON.stringify(error.cause)}`).not.toContain('sk-ant-wrong')
  })

  test('a download that breaks in the middle says so', async () => {
    const { id } = await batches.create(some(...['a', 'b', 'c', 'd'].map((name) => asked(name))), signal)
    await batches.look(id, signal)
    server.batches.behaviour.onResults = () => 'half'
    expect(await failing(() => resultsOf(id))).toMatchObject({ kind: 'connection', mayPass: true })
  })

  test('what no batch may have is found out for each request, and only in the results', async () => {
    const { id } = await batches.create(some(asked('a', { max_tokens: 200_000 }), asked('b')), signal)
    const [b, a] = await batches.look(id, signal).then(() => resultsOf(id))
    expect(b).toMatchObject({ custom_id: 'b', outcome: 'succeeded' })
    expect(a).toMatchObject({ custom_id: 'a', outcome: 'failed', failure: { kind: 'request_refused' } })
  })
})

test('the key goes to our own host only, whatever address the results are said to have', async () => {
  const elsewhere = await startAnthropicServer()
  try {
    const { id } = await batches.create(some(asked('a')), signal)
    server.batches.behaviour.resultsHost = elsewhere.url
    await batches.look(id, signal)
    expect(await resultsOf(id)).toHaveLength(1)
    expect(elsewhere.received).toBe(0)
  } finally {
    await elsewhere.close()
  }
})

test('nothing of a request is for live calls only', async () => {
  await batches.create(some(asked('a', { shared: 3, cache_for: '1h' })), signal)
  const [{ params } = { params: {} }] = server.batches.all[0]!.requests
  expect(Object.keys(params).sort()).toEqual(['max_tokens', 'messages', 'model', 'thinking'])
  expect(JSON.stringify(params)).toContain('"cache_control":{"type":"ephemeral","ttl":"1h"}')
})
