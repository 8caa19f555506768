import { describe, expect, test } from 'vitest'
import { billed, sum } from './billed.ts'
import { ofLines, Story, until } from './story.ts'
import { step1, threeSteps, wordFiles } from './words.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['meaning', 'score'],
  properties: { meaning: { type: 'string' }, score: { type: 'integer' } },
}

describe('what is sent', () => {
  test('a request carries the key as a bearer, the version of the API, and no more than the step asks for', async () => {
    await using story = await Story.begin(wordFiles(1))
    expect((await story.run('run', 'pipelines/words.json')).code).toBe(0)
    const [{ path, headers, body }] = story.sent as [(typeof story.sent)[0]]
    expect({
      path,
      authorization: headers.authorization,
      version: headers['anthropic-version'],
      key: headers['x-api-key'],
      body,
    }).toEqual({
      path: '/v1/messages',
      authorization: `Bearer ${story.server.key}`,
      version: '2026-10-21',
      key: undefined,
      body: {
        model: 'claude-haiku-5-5',
        max_tokens: 4096,
        messages: [{ role: 'user', content: 'Define w1.' }],
        thinking: { type: 'disabled' },
      },
    })
  })

  test('an answer schema goes along as the format of the output, and the answer meets it', async () => {
    const step = { ...step1, output_schema: schema, system: 'Be exact.', effort: 'low', max_tokens: 500 }
    await using story = await Story.begin(wordFiles(1, [step]))
    expect((await story.run('run', 'pipelines/words.json')).code).toBe(0)
    expect(story.sent.map(({ body }) => body)).toEqual([
      {
        model: 'claude-haiku-5-5',
        max_tokens: 500,
        system: 'Be exact.',
        messages: [{ role: 'user', content: 'Define w1.' }],
        thinking: { type: 'disabled' },
        output_config: { effort: 'low', format: { type: 'json_schema', schema } },
      },
    ])
    const [answer] = story.collated('words/v0', '01_define.json')
    expect(Object.keys(answer!)).toEqual(['nr', 'source_id', 'meaning', 'score'])
  })
})

describe('what is billed', () => {
  test('the ledger holds tokens, cost, attempts and the request id of each call as the API sent them', async () => {
    await using story = await Story.begin(wordFiles(5, threeSteps))
    await story.run('run', 'pipelines/words.json')
    const lines = [1, 2, 3].flatMap((step) => story.ledger('words/v0', step))
    const sent = new Map(story.sent.map((one) => [one.id, one]))
    expect(lines.map(({ request_id }) => request_id).sort()).toEqual([...sent.keys()].sort())
    expect(lines.map((line) => ({ ...sum([line]), attempts: line.attempts, model: line.model }))).toEqual(
      lines.map(({ request_id }) => ({ ...billed(sent.get(request_id!)!), attempts: 1, model: 'claude-haiku-5-5' })),
    )
    expect(story.metadata('words/v0').stats).toMatchObject(sum(story.sent.map((one) => billed(one))))
  })

  test('prices of itemwise.yaml come before those of the table', async () => {
    const prices = { 'claude-haiku-5-5': { input: 1000, output: 2000, cache_read: 0, cache_write: 0 } }
    await using story = await Story.begin({ ...wordFiles(1), 'itemwise.yaml': { prices } })
    await story.run('run', 'pipelines/words.json')
    const { input_tokens, output_tokens } = billed(story.sent[0]!)
    expect(story.metadata('words/v0').stats.cost_usd).toBe((input_tokens * 1000 + output_tokens * 2000) / 1e6)
  })

  test('a call that is tried again counts as an attempt, and only the answered one is billed', async () => {
    await using story = await Story.begin(wordFiles(1))
    story.api.answer = ({ nth }) => (nth === 1 ? { status: 529 } : undefined)
    const { code } = await story.run('run', 'pipelines/words.json')
    const [line] = story.ledger('words/v0', 1)
    expect({ code, requests: story.sent.length, line: { ...sum([line!]), attempts: line!.attempts } }).toEqual({
      code: 0,
      requests: 2,
      line: { ...billed(story.sent[1]!), attempts: 2 },
    })
  })
})

describe('an answer that cannot be used', () => {
  test('is asked for once more with the reason, and both answers are paid for', async () => {
    await using story = await Story.begin(wordFiles(1))
    story.api.answer = ({ nth }) => (nth === 1 ? 'Sorry, no.' : undefined)
    const { code } = await story.run('run', 'pipelines/words.json')
    expect({ code, turns: story.sent.map(({ body }) => body.messages) }).toEqual({
      code: 0,
      turns: [
        [{ role: 'user', content: 'Define w1.' }],
        [
          { role: 'user', content: 'Define w1.' },
          { role: 'assistant', content: 'Sorry, no.' },
          {
            role: 'user',
            content: expect.stringMatching(/ Answer again with only the JSON value, without any other text\.$/),
          },
        ],
      ],
    })
    const [line] = story.ledger('words/v0', 1)
    const both = sum([billed(story.sent[0]!), billed(story.sent[1]!)])
    expect({ ...sum([line!]), attempts: line!.attempts, request_id: line!.request_id }).toEqual({
      ...both,
      attempts: 2,
      request_id: story.sent[1]!.id,
    })
    expect(story.metadata('words/v0')).toMatchObject({
      stats: both,
      logs: [{ level: 'info', message: expect.stringMatching(/^Asked for twice: /), step: 1, item_id: '11' }],
    })
  })

  test('fails the item the second time; both answers are paid for and the reply is kept as it came', async () => {
    await using story = await Story.begin(wordFiles(2))
    story.api.answer = ({ prompt }) => (prompt.startsWith('Define w1.') ? 'Sorry, no.' : undefined)
    const { code } = await story.run('run', 'pipelines/words.json')
    expect({ code, asked: story.asked() }).toEqual({ code: 3, asked: ['Define w1', 'Define w1', 'Define w2'] })
    const ofItem = story.sent.filter(({ body }) => body.messages[0]!.content === 'Define w1.')
    const both = sum(ofItem.map((one) => billed(one)))
    const [line] = story.ledger('words/v0', 1)
    expect({ ...sum([line!]), attempts: line!.attempts, kind: line!.error?.kind }).toEqual({
      ...both,
      attempts: 2,
      kind: 'invalid_json',
    })
    expect(story.read('outputs/words/v0/items/11/01_reply.txt')).toBe('Sorry, no.')
    expect(story.errors('words/v0', 1)).toMatchObject([{ item_id: '11', kind: 'invalid_json', attempts: 2 }])
  })

  test('is paid for once more after a kill between the two asks, and the killed ask is not forgotten', async () => {
    await using story = await Story.begin(wordFiles(1))
    story.api.answer = ({ nth }) => (nth === 1 ? 'Sorry, no.' : { delay_ms: 60_000 })
    const killed = story.start('run', 'pipelines/words.json')
    await until(() => story.sent.length === 2)
    killed.signal('SIGKILL')
    await killed.ended
    expect(ofLines(story.read('outputs/words/v0/work/01_journal.jsonl'))).toMatchObject([
      { reply: { item_index: 1, reply: { text: 'Sorry, no.' } } },
      { spent: { item_index: 1 } },
    ])
    story.api.answer = undefined
    const { code } = await story.run('resume', 'words')
    const [line] = story.ledger('words/v0', 1)
    expect({ code, requests: story.sent.length, spent: { ...sum([line!]), attempts: line!.attempts } }).toEqual({
      code: 0,
      requests: 3,
      spent: { ...sum([billed(story.sent[0]!), billed(story.sent[2]!)]), attempts: 2 },
    })
  })
})
