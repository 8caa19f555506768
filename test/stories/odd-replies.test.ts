import { describe, expect, test } from 'vitest'
import type { Fault } from '../anthropic-server.ts'
import { Story } from './story.ts'
import { step1, wordFiles } from './words.ts'

const one = (number: number) => wordFiles(number, [{ ...step1, max_concurrency: 16 }])
const content = (...blocks: object[]) => ({ content: blocks })

describe('a reply is read as far as it can be, in one call', () => {
  test.each<[string, Fault]>([
    ['without a stop_reason', { message_with: { stop_reason: null } }],
    [
      'with a block whose text is null',
      { message_with: content({ type: 'text', text: null }, { type: 'text', text: '{"a":1}' }) },
    ],
    ['with its content as one text', { message_with: { content: '{"a":1}' } }],
    ['with its usage as text', { message_with: { usage: { input_tokens: '10', output_tokens: '4' } } }],
    ['without type, id and role', { message_with: { type: undefined, id: undefined, role: undefined } }],
    ['without the model', { message_with: { model: undefined } }],
    ['without a content type', { content_type: null }],
    ['as text/plain', { content_type: 'text/plain' }],
    ['in gzip', { encoding: 'gzip' }],
    ['in br', { encoding: 'br' }],
    ['in deflate', { encoding: 'deflate' }],
    ['in zstd', { encoding: 'zstd' }],
  ])('%s', async (_how, fault) => {
    await using story = await Story.begin(one(3), { answer: () => fault })
    const { code, err } = await story.run('run', 'pipelines/words.json')
    const ledger = story.ledger('words/v0', 1)
    expect({ code, calls: story.sent.length, states: ledger.map(({ state }) => state) }).toEqual({
      ...{ code: 0, calls: 3, states: ['answered', 'answered', 'answered'] },
    })
    expect(ledger.every(({ cost_usd }) => cost_usd !== null && cost_usd > 0)).toBe(true)
    expect(err).not.toContain('unknown')
  })
})

test('no compression is asked for', async () => {
  await using story = await Story.begin(one(1))
  await story.run('run', 'pipelines/words.json')
  expect(story.sent[0]?.headers['accept-encoding']).toBe('identity')
})

test.each<[string, unknown]>([
  ['missing', undefined],
  ['null', null],
  ['a word', 'many'],
  ['without output tokens', { input_tokens: 10 }],
  ['negative', { input_tokens: -1, output_tokens: 3 }],
])('where the usage is %s the answer is kept, and its cost is unknown everywhere', async (_how, usage) => {
  await using story = await Story.begin(one(2), { answer: () => ({ message_with: { usage } }) })
  const { code, out, err } = await story.run('run', 'pipelines/words.json')
  expect({ code, calls: story.sent.length }).toEqual({ code: 0, calls: 2 })
  expect(story.ledger('words/v0', 1).map(({ state, cost_usd }) => [state, cost_usd])).toEqual([
    ['answered', null],
    ['answered', null],
  ])
  const shown = [out, err, (await story.run('list', '--all')).out, (await story.run('show', 'words')).out]
  expect(story.metadata('words/v0').stats.cost_usd).toBeNull()
  expect(shown.map((text) => [/unknown/.test(text), text.includes('$')])).toEqual(shown.map(() => [true, false]))
})

test('an unknown cost is the worst case in the budget', async () => {
  const files = wordFiles(40, [{ ...step1, max_tokens: 400, max_concurrency: 1 }], { max_cost_usd: 0.003 })
  await using story = await Story.begin(files, { answer: () => ({ message_with: { usage: null } }) })
  const { code, err } = await story.run('run', 'pipelines/words.json')
  // 400 tokens out cost $0.0002 at most, 1,011 in $0.00013.
  expect([code, story.sent.length]).toEqual([1, 9])
  expect(err).toContain('where a call whose price never came counts as its most')
})

test('a reply that cannot be read is asked for once more, and where that fails too its cost is unknown', async () => {
  await using story = await Story.begin(one(12), {
    answer: ({ prompt, nthForPrompt }) => {
      if (prompt === 'Define w3.') return { html: true }
      return prompt === 'Define w5.' && nthForPrompt === 1
        ? { encoding: 'gzip', content_type: 'text/plain', body: 7 }
        : undefined
    },
  })
  const { code } = await story.run('run', 'pipelines/words.json')
  const [third, fifth] = [3, 5].map((at) => story.ledger('words/v0', 1)[at - 1])
  expect(code).toBe(3)
  expect(third).toMatchObject({ state: 'failed', attempts: 2, cost_usd: null, error: { kind: 'bad_response' } })
  expect(third?.error?.message).toContain('<html><body>Sign in to the network</body></html>')
  expect(fifth).toMatchObject({ state: 'answered', attempts: 2, cost_usd: null })
  expect(story.sent).toHaveLength(14)
})

test('where no reply of a run can be read it ends at once, shows one, and tells no cost that it does not know', async () => {
  await using story = await Story.begin(one(100), { answer: () => ({ html: true }), latencyMs: 20 })
  const { code, err } = await story.run('run', 'pipelines/words.json')
  const stats = story.metadata('words/v0').stats
  expect({ code, status: story.metadata('words/v0').status, cost: stats.cost_usd }).toEqual({
    ...{ code: 1, status: 'failed', cost: null },
  })
  expect(story.sent.length).toBeLessThanOrEqual(32)
  expect(err).toMatch(
    /itemwise: All \d+ replies so far could not be read, so the run ends before more are paid for\. What the API sent back is not a message \(text: <html><body>Sign in to the network<\/body><\/html>\)\. Look at what stands between you and the API/,
  )
  expect(err).not.toContain('$')
  story.api.answer = undefined
  expect((await story.run('resume', 'words')).code).toBe(0)
})
