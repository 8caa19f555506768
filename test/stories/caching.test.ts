import { expect, test } from 'vitest'
import { sum } from './billed.ts'
import { Story, until } from './story.ts'

// With `Define ` behind it 2,000 tokens of the loopback API's tokenizer.
const rules = `${'Say it in plain words, with one example. '.repeat(171).slice(0, 6991)}\n\n`
const words = Array.from({ length: 200 }, (_, at) => ({ id: at + 1, word: `w${at + 1}` }))

const files = (template: string, steps: object = {}) => ({
  'inputs/words.json': words,
  'prompts/define.md': template,
  'pipelines/words.json': {
    pipeline_name: 'words',
    steps: [{ prompt_name: 'define', input_file: 'inputs/words.json', answer_format: 'json', ...steps }],
  },
})

test('of 200 prompts with a shared beginning the first goes alone and writes the cache, and the others read it', async () => {
  await using story = await Story.begin(files(`${rules}Define {word}.`))
  const { promise: firstReply, resolve: reply } = Promise.withResolvers<void>()
  story.api.answer = ({ nth }) => (nth === 1 ? { after: firstReply } : undefined)
  const run = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length > 0)
  // Time in which others would have come: the calls of a step begin within some milliseconds of each other.
  await new Promise((resolve) => setTimeout(resolve, 300))
  const whileTheFirstWaits = story.sent.length
  reply()
  const { code, out } = await run.ended
  const usages = story.sent.map(({ usage }) => [usage?.cache_creation_input_tokens, usage?.cache_read_input_tokens])
  const { stats } = story.metadata('words/v0')
  expect({ code, whileTheFirstWaits, calls: usages.length, first: usages[0] }).toEqual({
    code: 0,
    whileTheFirstWaits: 1,
    calls: 200,
    first: [2000, 0],
  })
  expect(usages.slice(1)).toEqual(Array.from({ length: 199 }, () => [0, 2000]))
  expect(sum(story.ledger('words/v0', 1))).toMatchObject({ cache_read_tokens: 398_000, cache_write_tokens: 2000 })
  expect(stats).toMatchObject({ cache_read_tokens: 398_000, cache_write_tokens: 2000 })
  // 398,000 × $(0.10 − 0.01) − 2,000 × $(0.125 − 0.10), by the million.
  expect(out.split('\n')[1]).toBe('Caching saved $0.0358.')
  expect((await story.run('show', 'words')).out.split('\n')).toContain('Caching saved: $0.0358')
  expect(JSON.parse((await story.run('show', 'words', '--json')).out).stats.cache_read_tokens).toBe(398_000)
})

test('what is sent is the prompt as it is kept, in two parts at the end of the shared beginning', async () => {
  await using story = await Story.begin(files(`${rules}{word}\n<!-- shared above -->\nDefine {word}.`))
  await story.run('run', 'pipelines/words.json', '--only', '1', '2')
  const [{ body }] = story.sent as [(typeof story.sent)[0]]
  const kept = story.read(`outputs/words/v0/prompts/01_prompt_${/w(\d)\.$/.exec(textOf(body))![1]}.md`)
  expect(body.messages[0]!.content).toEqual([
    { type: 'text', text: expect.stringMatching(/w\d\n$/), cache_control: { type: 'ephemeral' } },
    { type: 'text', text: expect.stringMatching(/^Define w\d\.$/) },
  ])
  expect(textOf(body)).toBe(kept)
})

function textOf({ messages }: (typeof Story.prototype.sent)[0]['body']): string {
  const content = messages[0]!.content
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('')
}

test('a system prompt that is long enough is cached by itself, where the prompts begin with what differs', async () => {
  await using story = await Story.begin(files('{word}: define it.', { system: rules.trim() }))
  const { out } = await story.run('run', 'pipelines/words.json', '--only', '1', '2', '3')
  expect(story.sent.map(({ body }) => [body.system, typeof body.messages[0]!.content])).toEqual(
    Array.from({ length: 3 }, () => [
      [{ type: 'text', text: rules.trim(), cache_control: { type: 'ephemeral' } }],
      'string',
    ]),
  )
  expect(out).toContain('\nCaching saved $')
})

test('a shared beginning below the minimum of the model, and one item alone, are sent without a breakpoint', async () => {
  await using story = await Story.begin(files(`${rules.slice(0, 1000)}Define {word}.`))
  const short = await story.run('run', 'pipelines/words.json', '--only', '1', '2')
  story.write('prompts/define.md', `${rules}Define {word}.`)
  const alone = await story.run('run', 'pipelines/words.json', '--only', '3')
  expect({
    contents: story.sent.map(({ body }) => typeof body.messages[0]!.content),
    told: [short, alone].map(({ out }) => out.includes('Caching')),
  }).toEqual({ contents: ['string', 'string', 'string'], told: [false, false] })
})
