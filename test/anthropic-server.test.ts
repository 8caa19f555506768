import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AnthropicServer, startAnthropicServer, unevenTokens } from './anthropic-server.ts'

let server: AnthropicServer

beforeAll(async () => {
  server = await startAnthropicServer()
})

afterAll(() => server.close())

const message = {
  model: 'claude-haiku-5-5',
  max_tokens: 100,
  thinking: { type: 'disabled' },
  messages: [{ role: 'user', content: 'hello' }],
}
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false }

async function post(body: unknown, { headers = {}, path = '/v1/messages', to = server } = {}) {
  const response = await fetch(to.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.key}`,
      'anthropic-version': '2026-10-21',
      'content-type': 'application/json',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return {
    status: response.status,
    id: response.headers.get('request-id'),
    body: (await response.json()) as { content?: { text: string }[] },
  }
}

test('the same prompt gets the same answer', async () => {
  const [first, second] = [await post(message), await post(message)]
  expect(first.body.content).toEqual(second.body.content)
  expect(first).toMatchObject({
    status: 200,
    id: expect.stringMatching(/^req_/),
    body: { stop_reason: 'end_turn', usage: { input_tokens: 10 } },
  })
})

test('an answer meets the schema of its request', async () => {
  const { body } = await post({ ...message, output_config: { format: { type: 'json_schema', schema } } })
  expect(JSON.parse(body.content?.[0]?.text ?? '')).toEqual({ a: expect.any(String) })
})

test('tokens are counted without an answer', async () => {
  const { max_tokens, ...counted } = message
  expect((await post(counted, { path: '/v1/messages/count_tokens' })).body).toEqual({ input_tokens: 10 })
})

const format = (change: object) => ({
  output_config: { format: { type: 'json_schema', schema: { ...schema, ...change } } },
})

test.each([
  ['an old version', {}, { 'anthropic-version': '2023-06-01' }, 400, 'anthropic-version'],
  ['a wrong key', {}, { authorization: 'Bearer sk-other' }, 401, 'bearer'],
  ['another content type', {}, { 'content-type': 'text/plain' }, 400, 'content-type'],
  ['an unknown model', { model: 'claude-2' }, {}, 404, 'model: claude-2'],
  ['an unknown field', { tempo: 1 }, {}, 400, 'tempo'],
  ['temperature', { temperature: 0 }, {}, 400, 'temperature'],
  ['too many tokens', { max_tokens: 128_001 }, {}, 400, 'max_tokens'],
  ['no messages', { messages: [] }, {}, 400, 'messages'],
  ['an unknown role', { messages: [{ role: 'robot', content: 'a' }] }, {}, 400, 'role'],
  ['an empty text', { messages: [{ role: 'user', content: ' ' }] }, {}, 400, 'non-whitespace'],
  ['a prefill', { messages: [...message.messages, { role: 'assistant', content: '{' }] }, {}, 400, 'prefill'],
  [
    'a first assistant turn',
    { messages: [{ role: 'assistant', content: '{' }, ...message.messages] },
    {},
    400,
    'first message',
  ],
  ['thinking that the model lacks', { thinking: { type: 'between_tools' } }, {}, 400, 'between_tools'],
  ['thinking off at effort max', { output_config: { effort: 'max' } }, {}, 400, 'effort'],
  ['an unknown effort', { output_config: { effort: 'some' } }, {}, 400, 'effort'],
  ['half a character', { messages: [{ role: 'user', content: '\ud83d' }] }, {}, 400, 'surrogate'],
  ['a free object', format({ additionalProperties: true }), {}, 400, 'additionalProperties'],
  ['a limit', format({ properties: { a: { type: 'string', minLength: 1 } } }), {}, 400, 'minLength'],
  ['recursion', format({ properties: { a: { $ref: '#' } } }), {}, 400, 'Recursive'],
  ['an array as root', format({ type: 'array' }), {}, 400, 'root'],
  ['a dialect', format({ $schema: 'https://json-schema.org/draft/2020-12/schema' }), {}, 400, '$schema'],
])('%s is refused as the API refuses it', async (_name, change, headers, status, words) => {
  const refused = await post({ ...message, ...change }, { headers })
  expect(refused).toMatchObject({
    status,
    id: expect.stringMatching(/^req_/),
    body: { type: 'error', error: { message: expect.stringContaining(words) } },
  })
})

test('a body that is no JSON is refused', async () => {
  expect(await post('{"model":')).toMatchObject({ status: 400, body: { error: { type: 'invalid_request_error' } } })
})

describe('prompt caching', () => {
  const shared = { type: 'text', text: 'Rules. '.repeat(600), cache_control: { type: 'ephemeral' } }
  const asking = (text: string, first: object = shared) => ({
    ...message,
    messages: [{ role: 'user', content: [first, { type: 'text', text }] }],
  })
  const tokensOf = ({ body }: Awaited<ReturnType<typeof post>>) => {
    const { usage } = body as unknown as { usage: Record<string, number> }
    return [usage.cache_creation_input_tokens, usage.cache_read_input_tokens, usage.input_tokens]
  }

  test('the first request writes what stands before the breakpoint, later ones read it, and the sum is what is counted', async () => {
    const first = asking('What is written first?')
    const { max_tokens, ...counted } = first
    const written = tokensOf(await post(first))
    const read = tokensOf(await post(asking('What is read later?')))
    const all = (await post(counted, { path: '/v1/messages/count_tokens' })).body as { input_tokens?: number }
    expect({ written, read, all: written[0]! + written[2]! }).toEqual({
      written: [1200, 0, expect.any(Number)],
      read: [0, 1200, expect.any(Number)],
      all: all.input_tokens,
    })
  })

  test('requests side by side both write, as nothing can be read before the first reply begins', async () => {
    const slow = await startAnthropicServer({ latencyMs: 100 })
    try {
      const both = await Promise.all(['one', 'two'].map((word) => post(asking(word), { to: slow })))
      expect(both.map((one) => tokensOf(one).slice(0, 2))).toEqual([
        [1200, 0],
        [1200, 0],
      ])
    } finally {
      await slow.close()
    }
  })

  test('what is shorter than the minimum of the model is not cached', async () => {
    const short = { ...shared, text: 'Rules. '.repeat(100) }
    const tokens = [await post(asking('one', short)), await post(asking('two', short))].map(tokensOf)
    expect(tokens.map(([written, read]) => [written, read])).toEqual([
      [0, 0],
      [0, 0],
    ])
  })
})

test('a tokenizer of its own counts long words, digits and signs apart', async () => {
  const uneven = await startAnthropicServer({ tokensIn: unevenTokens })
  try {
    const { max_tokens, ...counted } = { ...message, messages: [{ role: 'user', content: 'internationally 1234!' }] }
    const { body } = await post(counted, { path: '/v1/messages/count_tokens', to: uneven })
    expect(body).toEqual({ input_tokens: 8 + 3 + 4 + 1 })
  } finally {
    await uneven.close()
  }
})
