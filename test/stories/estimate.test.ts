import { describe, expect, test } from 'vitest'
import type { Estimate } from '../../core/estimate/estimate.ts'
import { claude } from '../../models/claude/claude.ts'
import { unevenTokens } from '../anthropic-server.ts'
import { Story } from './story.ts'
import { step1, step2, wordFiles } from './words.ts'

const rules = 'Explain each term in a sentence that a pupil of grade six understands. '

/** Items of mixed sizes: most are short, some are long, and the text is prose, numbers or long words. */
function mixedItems(count: number): { id: number; text: string }[] {
  const texts = ['The cat sat on the mat. ', '3.14159, 2.71828; 42 = 6 * 7. ', 'Internationalization notwithstanding. ']
  return Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    text: texts[(at * 7) % 3]!.repeat(1 + ((at * at * 13) % 9) * (at % 10 === 0 ? 40 : 1)),
  }))
}

function mixedFiles(count: number, rulesAbove: number): Record<string, unknown> {
  const output_schema = {
    type: 'object',
    additionalProperties: false,
    required: ['title'],
    properties: { title: { type: 'string' } },
  }
  return {
    'inputs/mixed.json': mixedItems(count),
    'prompts/sum.md': `${rules.repeat(rulesAbove)}Sum up: {text}`,
    'pipelines/mixed.json': {
      pipeline_name: 'mixed',
      steps: [{ prompt_name: 'sum', input_file: 'inputs/mixed.json', system: 'You write titles.', output_schema }],
    },
  }
}

async function estimated(story: Story, ...words: string[]): Promise<Estimate> {
  const { code, out, err } = await story.run('estimate', ...words, '--json')
  if (code !== 0) throw new Error(err)
  return JSON.parse(out)
}

/** How far an estimate is from what was then reported, as a share of the latter. */
const off = (estimated: number, reported: number) => Math.abs(estimated / reported - 1)

describe('input tokens of items of mixed sizes, where tokens are no fixed share of characters', () => {
  test.each([
    ['without caching', 1],
    ['with caching', 60],
  ])('are estimated within 10 %% of what is then reported, %s', { timeout: 120_000 }, async (_which, rulesAbove) => {
    await using story = await Story.begin(mixedFiles(400, rulesAbove), { tokensIn: unevenTokens })
    const before = await estimated(story, 'pipelines/mixed.json')
    const counted = story.sent.length
    expect(story.sent.every(({ path }) => path === '/v1/messages/count_tokens')).toBe(true)
    expect((await story.run('run', 'pipelines/mixed.json')).code).toBe(0)
    const { stats } = story.metadata('mixed/v0')
    const [step] = before.steps as [Estimate['steps'][0]]
    const reported = stats.input_tokens + stats.cache_read_tokens + stats.cache_write_tokens
    const caches = rulesAbove > 1
    expect({
      requests: before.requests,
      sample: counted < 80,
      basis: step.input_basis.from,
      within: off(before.input_tokens.likely, reported) < 0.1,
      inside: before.input_tokens.low <= reported && reported <= before.input_tokens.high,
      reads: caches ? off(step.cache_read_tokens, stats.cache_read_tokens) < 0.02 : step.cache_read_tokens,
      writes: caches ? off(step.cache_write_tokens, stats.cache_write_tokens) < 0.02 : step.cache_write_tokens,
    }).toEqual({
      requests: 400,
      sample: true,
      basis: 'counted',
      within: true,
      inside: true,
      reads: caches ? true : 0,
      writes: caches ? true : 0,
    })
  })
})

test('once a run was made, the estimate of the same run is what it cost', async () => {
  await using story = await Story.begin(mixedFiles(40, 60))
  await story.run('run', 'pipelines/mixed.json')
  const { cost_usd, output_tokens } = story.metadata('mixed/v0').stats
  const after = await estimated(story, 'pipelines/mixed.json')
  expect(after.output_tokens.likely).toBe(output_tokens)
  expect(off(after.cost_usd.likely, cost_usd!)).toBeLessThan(0.02)
  expect(after.steps[0]!.output_basis).toEqual({ from: 'earlier', versions: ['v0'], answers: 40 })
})

test('a try-out of the first items says what the answers of all will take, in later steps too', async () => {
  await using story = await Story.begin(wordFiles(50, [step1, step2]))
  await story.run('run', 'pipelines/words.json', '--first', '5')
  const before = await estimated(story, 'pipelines/words.json')
  await story.run('run', 'pipelines/words.json')
  const { stats } = story.metadata('words/v0')
  expect({
    input: off(before.input_tokens.likely, stats.input_tokens) < 0.1,
    output: off(before.output_tokens.likely, stats.output_tokens) < 0.1,
    bases: before.steps.map(({ input_basis, output_basis }) => [input_basis.from, output_basis.from]),
  }).toEqual({
    input: true,
    output: true,
    bases: [
      ['counted', 'earlier'],
      ['earlier', 'earlier'],
    ],
  })
})

test('without an earlier run the later steps are guesses around what is known of them, and say so', async () => {
  await using story = await Story.begin({
    ...wordFiles(3, [step1, step2]),
    'prompts/rate.md': `${'Rate it with care. '.repeat(20)}{root__word}: {answer}`,
  })
  const { out } = await story.run('estimate', 'pipelines/words.json')
  expect(out).toBe(`Would make a version of words (initial). Prices of ${claude.date}.

Step 1 define (claude-haiku-5-5): 3 requests
  Tokens in: 33; counted on 3 of 3 prompts
  Tokens out: 900 (300 to 12,288); a guess, and at most max_tokens
  Cost: $0.0005 ($0.0002 to $0.0061)

Step 2 rate (claude-haiku-5-5): 3 requests
  Tokens in: 1,254 (654 to 12,642); a guess: the answers of step 1 are not there yet
  Tokens out: 900 (300 to 12,288); a guess, and at most max_tokens
  Cost: $0.0006 ($0.0002 to $0.0074)

All: 6 requests, 1,287 tokens in, 1,800 out
Cost: $0.0010 ($0.0004 to $0.0136)
Time: about 10 s. At half price (--half-price): $0.0005 ($0.0002 to $0.0068), mostly within an hour a step, 24 hours at most

Try some items out for a better estimate: \`itemwise run … --first 3\`.
`)
})

describe('what is not asked for costs nothing', () => {
  test('with filters, with --first, and with what is carried over', async () => {
    await using story = await Story.begin(wordFiles(6))
    const requests = async (...words: string[]) => (await estimated(story, 'pipelines/words.json', ...words)).requests
    const filtered = [
      await requests('--only', '11', '12'),
      await requests('--skip', '11'),
      await requests('--first', '4'),
    ]
    story.api.answer = ({ prompt }) => (prompt === 'Define w2.' ? { refusal: true } : undefined)
    await story.run('run', 'pipelines/words.json')
    story.write('pipelines/words.json', {
      pipeline_name: 'words',
      steps: [{ ...step1, batch_skip_existing: true }],
    })
    const { out } = await story.run('estimate', 'pipelines/words.json')
    expect({ filtered, rest: out.split('\n').slice(0, 3) }).toEqual({
      filtered: [2, 5, 4],
      rest: [
        `Would make a version of words (incremental on v0). Prices of ${claude.date}.`,
        '',
        'Step 1 define (claude-haiku-5-5): 1 request, 5 carried over',
      ],
    })
  })

  test('with what an interrupted run has answered already', async () => {
    const steps = [{ ...step1, batch_skip_existing: true, max_concurrency: 1 }]
    await using story = await Story.begin(wordFiles(6, steps))
    story.api.answer = ({ nth }) => (nth > 4 ? { status: 401 } : undefined)
    expect((await story.run('run', 'pipelines/words.json')).code).toBe(1)
    const { requests, steps: all } = await estimated(story, 'pipelines/words.json')
    expect({ requests, step: all[0]!.requests }).toEqual({ requests: 2, step: 2 })
  })
})

describe('without the API', () => {
  test('without a key input tokens come from characters', async () => {
    await using story = await Story.begin(wordFiles(3))
    story.environment = { ANTHROPIC_API_KEY: '' }
    const { steps, warnings } = await estimated(story, 'pipelines/words.json')
    expect({ basis: steps[0]!.input_basis, tokens: steps[0]!.input_tokens.likely, sent: story.sent, warnings }).toEqual(
      {
        basis: { from: 'characters' },
        tokens: 33,
        sent: [],
        warnings: [],
      },
    )
  })

  test('where it refuses the key they do too, with a warning', async () => {
    await using story = await Story.begin(wordFiles(3))
    story.environment = { ANTHROPIC_API_KEY: 'sk-wrong' }
    const { steps, warnings } = await estimated(story, 'pipelines/words.json')
    expect({ basis: steps[0]!.input_basis, sent: story.sent.length, warnings }).toEqual({
      basis: { from: 'characters' },
      sent: 1,
      warnings: [
        expect.stringMatching(
          /^Tokens could not be counted, so they are from characters: The API does not accept the key/,
        ),
      ],
    })
  })
})

describe('a model without a known price', () => {
  test('is refused with the way to give one', async () => {
    await using story = await Story.begin(wordFiles(3))
    const { code, err, out } = await story.run('estimate', 'pipelines/words.json', '--model', 'claude-next')
    expect({ code, err, out, sent: story.sent }).toEqual({
      code: 2,
      err: `itemwise: What claude-next costs is not known: the price table of ${claude.date} does not have it. Expected a model of the table, or its prices in itemwise.yaml: prices: {"claude-next": {input: 1, output: 5, cache_read: 0.1, cache_write: 1.25}}, in USD per million tokens.\n`,
      out: '',
      sent: [],
    })
  })

  test('whose name is mistyped is refused with the nearest one that has one', async () => {
    await using story = await Story.begin(wordFiles(3))
    const { code, err } = await story.run('estimate', 'pipelines/words.json', '--model', 'claude-haiku-55')
    expect([code, err]).toEqual([2, expect.stringContaining('does not have it. Did you mean claude-haiku-')])
  })

  test('is estimated with the price of the workspace', async () => {
    const prices = { 'claude-next': { input: 1000, output: 0, cache_read: 0, cache_write: 0 } }
    await using story = await Story.begin({ ...wordFiles(3), 'itemwise.yaml': { prices } })
    story.environment = { ANTHROPIC_API_KEY: '' }
    const { cost_usd } = await estimated(story, 'pipelines/words.json', '--model', 'claude-next')
    expect(cost_usd.likely).toBeCloseTo(0.0326, 4)
  })
})

test('a dry run says what the run is likely to cost, where the price is known, and sends nothing for it', async () => {
  await using story = await Story.begin(wordFiles(3))
  const line = async (...words: string[]) =>
    (await story.run(...words, '--dry-run')).out.split('\n').find((text) => text.startsWith('Likely cost'))
  const lines = {
    run: await line('run', 'pipelines/words.json'),
    unpriced: await line('run', 'pipelines/words.json', '--model', 'claude-next'),
    offline: await line('run', 'pipelines/words.json', '--offline'),
    sent: story.sent.length,
  }
  await story.run('run', 'pipelines/words.json')
  expect({ ...lines, rerun: await line('rerun', 'words', '11') }).toEqual({
    run: 'Likely cost: $0.0005 ($0.0002 to $0.0061).',
    unpriced: undefined,
    offline: undefined,
    sent: 0,
    rerun: 'Likely cost: $0.0000099 ($0.0000093 to $0.000011).',
  })
})

test('behind a single call nobody knows how many items come, until a run has shown it', async () => {
  const steps = [{ prompt_name: 'list', input_file: 'inputs/words.json', batch_mode: false }, { prompt_name: 'rate' }]
  await using story = await Story.begin({
    ...wordFiles(3, steps),
    'prompts/list.md': 'List more than {input}.',
    'prompts/rate.md': 'Rate {word}.',
  })
  story.api.answer = ({ prompt }) =>
    prompt.startsWith('List') ? '[{"id": 1, "word": "a"}, {"id": 2, "word": "b"}]' : undefined
  const before = await estimated(story, 'pipelines/words.json')
  await story.run('run', 'pipelines/words.json')
  const after = await estimated(story, 'pipelines/words.json')
  const told = ({ requests, incomplete, steps: all }: Estimate) => [
    requests,
    incomplete,
    all.map((one) => one.requests),
  ]
  expect([told(before), told(after)]).toEqual([
    [1, true, [1, null]],
    [3, false, [1, 2]],
  ])
})

test('a request that a run refuses is refused', async () => {
  await using story = await Story.begin({ ...wordFiles(3), 'prompts/define.md': 'Define {wort}.' })
  const estimate = await story.run('estimate', 'pipelines/words.json')
  expect(estimate).toEqual(await story.run('run', 'pipelines/words.json'))
  expect([estimate.code, story.has('outputs')]).toEqual([2, false])
})

test('a prompt that the model can probably not take is named in the dry run, in the estimate and before the run', async () => {
  const files = wordFiles(3, [{ ...step1, model: 'claude-haiku-4-5-20251001' }])
  await using story = await Story.begin({
    ...files,
    'inputs/words.json': [
      { id: 11, word: 'short' },
      { id: 12, word: 'long '.repeat(200_000) },
    ],
  })
  const warning =
    'Warning: Step 1 (define): claude-haiku-4-5-20251001 can probably not take item 12: about 290,000 tokens. Its context is 200,000 tokens (table of 2026-11-22), 4,096 of them for the answer (max_tokens). Shorten it, or leave it out with batch_skip_items.\n'
  const dry = await story.run('run', 'pipelines/words.json', '--dry-run')
  const estimate = await story.run('estimate', 'pipelines/words.json')
  const real = await story.run('run', 'pipelines/words.json')
  expect([dry.out, estimate.out, real.err].map((text) => text.includes(warning))).toEqual([true, true, true])
  expect([dry.code, estimate.code, real.code]).toEqual([0, 0, 0])
})
