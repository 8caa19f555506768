/** Half price with deadlines, limits, caching and reruns, and the commands around a run that waits. */
import { describe, expect, test } from 'vitest'
import { BudgetReached, RunDetached, RunInterrupted } from '../../core/errors.ts'
import { HalfPriceStory } from './half-price-story.ts'
import { numbers, prompts, step1, words } from './words.ts'

function expectTrueBooks(half: HalfPriceStory, version?: string, steps?: number): void {
  const { ledger, record, billed } = half.books(version, steps)
  expect({ ledger, record }).toEqual({ ledger: billed, record: billed })
}

const all = (count: number) => prompts('Define', ...numbers(count)).sort()

describe('a deadline', () => {
  test('what was there by then is kept, and the rest is asked for live; no item twice', async () => {
    await using half = await HalfPriceStory.begin(101, {
      request: { deadline: '5m' },
      batches: { cancelsInMs: 120_000, doneShare: 0.4 },
    })
    await half.run()
    expect(half.batches.all.map(({ cancelled }) => cancelled !== null)).toEqual([true])
    const delivered = half.story.ledger('words/v0', 1).map(({ delivery }) => delivery)
    expect(delivered.filter((how) => how === 'batch')).toHaveLength(40)
    expect(half.answeredPrompts()).toEqual(all(101))
    expectTrueBooks(half)
  })

  test('a batch that has ended when it is to be cancelled is kept whole', async () => {
    await using half = await HalfPriceStory.begin(30, { request: { deadline: '10s' }, batches: { takesMs: 10_000 } })
    await half.run()
    expect(half.answeredPrompts()).toEqual(all(30))
    expectTrueBooks(half)
  })

  test('with after_deadline stop the run stops, and a resume goes on at half price without it', async () => {
    await using half = await HalfPriceStory.begin(101, {
      request: { deadline: '5m', after_deadline: 'stop' },
      batches: { doneShare: 0.4 },
    })
    await expect(half.run()).rejects.toThrow(RunInterrupted)
    expect(half.story.metadata('words/v0').status).toBe('aborted')
    await half.resume()
    expect(half.batches.all.map(({ requests }) => requests.length)).toEqual([100, 60])
    expect(half.answeredPrompts()).toEqual(all(101))
    expectTrueBooks(half)
  })

  test('a limit is reached in the middle of the live rest; with a higher one the run goes on, and nothing is asked for twice', async () => {
    // An answer of 3,980 tokens: live some $0.002, of which a batch reserves not much more than it costs.
    const answer = () => JSON.stringify({ answer: 'a'.repeat(13_900) })
    await using half = await HalfPriceStory.begin(101, {
      steps: [{ ...step1, max_tokens: 4000 }],
      request: { deadline: '5m', max_cost_usd: 0.12 },
      batches: { doneShare: 0.4 },
      answer,
    })
    await expect(half.run()).rejects.toThrow(BudgetReached)
    const spent = half.billed().cost_usd ?? Number.NaN
    expect(spent).toBeGreaterThan(0.06)
    expect(spent).toBeLessThanOrEqual(0.12)
    await half.resume({}, 1)
    expect(half.batches.all).toHaveLength(1)
    expect(half.answeredPrompts()).toEqual(all(101))
    expectTrueBooks(half)
  })

  test('a queue that is full until the deadline sends nothing, and all is asked for live', async () => {
    await using half = await HalfPriceStory.begin(30, { request: { deadline: '5m' }, batches: { queue: 3 } })
    await half.run()
    expect(half.batches.all).toHaveLength(0)
    expect(half.answeredPrompts()).toEqual(all(30))
    expectTrueBooks(half)
  })

  test.each([
    [{ deadline: '4h' }, 'deadline is for message batches'],
    [{ delivery: 'batch', deadline: 'tomorrow' }, 'deadline is "tomorrow". Expected a time such as 4h, 90m or 30s'],
  ])('%j is refused', async (request, said) => {
    await using half = await HalfPriceStory.begin(3, { request: { delivery: undefined, ...request } })
    const { code, err } = await half.story.run('run', 'pipelines/words.json')
    expect(code).toBe(2)
    expect(err).toContain(said)
  })
})

describe('max_cost_usd', () => {
  test('as many items as fit go first, and the limit is never passed', async () => {
    // A request of 200 tokens costs some $0.00016 at most.
    await using half = await HalfPriceStory.begin(101, {
      steps: [{ ...step1, max_tokens: 200 }],
      request: { max_cost_usd: 0.0021 },
    })
    await half.run()
    // However many batches it takes: none of the items is asked for at the full price but the first.
    expect(half.batches.all.length).toBeGreaterThan(6)
    expect(half.story.metadata('words/v0').stats.by_batch).toBe(100)
    expect(half.answeredPrompts()).toEqual(all(101))
    expect(half.billed().cost_usd).toBeLessThan(0.0021)
    expectTrueBooks(half)
  })

  test('a limit that is reached ends the run, and a higher one lets it go on', async () => {
    await using half = await HalfPriceStory.begin(101, {
      steps: [{ ...step1, max_tokens: 200 }],
      request: { max_cost_usd: 0.0005 },
    })
    await expect(half.run()).rejects.toThrow(BudgetReached)
    expect(half.billed().cost_usd).toBeLessThan(0.0005)
    half.batches.behaviour.takesMs = 0
    expect((await half.story.run('resume', 'words', '--max-cost', '1')).code).toBe(0)
    expect(half.answeredPrompts()).toEqual(all(101))
    expectTrueBooks(half)
  })

  test('what a batch had set aside when its run stopped is given back when a resume keeps its results', async () => {
    await using half = await HalfPriceStory.begin(30, {
      steps: [
        { ...step1, max_tokens: 200 },
        { prompt_name: 'rate', answer_format: 'json', max_tokens: 200 },
      ],
      request: { max_cost_usd: 0.006 },
    })
    await expect(half.run({ detach: true })).rejects.toThrow(RunDetached)
    half.clock.move(700_000)
    await half.resume()
    expect(half.batches.all.map(({ requests }) => requests.length)).toEqual([29, 29])
    expectTrueBooks(half, 'words/v0', 2)
  })
})

describe('the prompt cache', () => {
  const long = `${'Keep these rules in mind. '.repeat(300)}Define {word}.`

  test.each([0, 0.3])(
    'a shared beginning is written for an hour by the first item and read by the batch; %d of the reads miss',
    async (share) => {
      let nth = 0
      await using half = await HalfPriceStory.begin(200, {
        files: { 'prompts/define.md': long },
        cacheMisses: () => share > 0 && ++nth % Math.round(1 / share) === 0,
      })
      const result = await half.run()
      const { cache_write_tokens, cache_write_1h_tokens = 0, cache_read_tokens } = result.stats
      expect(cache_write_1h_tokens).toBe(cache_write_tokens)
      expect(cache_read_tokens).toBeGreaterThan(cache_write_tokens)
      const first = half.story.sent.find(({ path }) => path === '/v1/messages')
      expect(first?.usage?.cache_creation.ephemeral_1h_input_tokens).toBeGreaterThan(512)
      expect(result.caching_saved_usd).toBeGreaterThan(0)
      expectTrueBooks(half)
    },
  )
})

describe('reruns', () => {
  test('a rerun of two items at half price is two requests in one batch, and says that live would be as good', async () => {
    await using half = await HalfPriceStory.begin(30)
    await half.run()
    half.batches.behaviour.takesMs = 0
    const { err } = await half.story.run('rerun', 'words', '12', '14', '--half-price')
    expect(err).toContain('Only 2 items are to be asked for: live would be as good')
    expect(half.batches.all.map(({ requests }) => requests.length)).toEqual([29, 2])
    const lines = half.story.ledger('words/v1', 1)
    expect(lines.filter(({ decision }) => decision === 'process').map(({ delivery }) => delivery)).toEqual([
      'batch',
      'batch',
    ])
    expect(lines.filter(({ decision }) => decision === 'carry').every(({ delivery }) => delivery === undefined)).toBe(
      true,
    )
  })

  test('a rerun does not take half price from its base, and carries its answers over as they are', async () => {
    await using half = await HalfPriceStory.begin(30)
    await half.run()
    await half.rerun({ ids: ['12'] })
    expect(half.batches.all).toHaveLength(1)
    expect(half.story.runDocument('words/v1').request.delivery).toBeUndefined()
    expect(half.story.collated('words/v1', '01_define.json')).toEqual(half.story.collated('words/v0', '01_define.json'))
    expect((await half.story.run('doctor')).code).toBe(0)
  })

  test('no item goes first if the base was answered with the same settings', async () => {
    await using half = await HalfPriceStory.begin(30)
    await half.run()
    const calls = half.story.sent.filter(({ path }) => path === '/v1/messages').length
    await half.rerun({
      ids: numbers(30).map((n) => String(n + 10)),
      change: (request) => ({ ...request, delivery: 'batch' }),
    })
    expect(half.story.sent.filter(({ path }) => path === '/v1/messages')).toHaveLength(calls)
    expect(half.batches.all.at(-1)?.requests).toHaveLength(30)
  })
})

describe('a run that waits', () => {
  test('is followed to its end', async () => {
    await using half = await HalfPriceStory.begin(30)
    const sent = await half.run({ detach: true }).catch((error: unknown) => error)
    expect(sent).toBeInstanceOf(RunDetached)
    half.clock.move(700_000)
    expect(await half.story.run('follow', 'words')).toMatchObject({
      code: 0,
      out: expect.stringContaining('v0 of words is completed'),
    })
    expectTrueBooks(half)
  })

  test('is not removed before it is aborted; what was answered by then is kept', async () => {
    await using half = await HalfPriceStory.begin(101, { batches: { doneShare: 0.5 } })
    await half.run({ detach: true }).catch(() => {})
    const refused = await half.story.run('remove', 'words', 'v0', '--force')
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('itemwise abort words v0') })
    expect(await half.story.run('abort', 'words')).toMatchObject({
      code: 0,
      out: expect.stringContaining('words v0 is stopped. Its message batch is being cancelled.'),
    })
    expect(half.story.metadata('words/v0').status).toBe('aborted')
    half.batches.behaviour.takesMs = 0
    expect((await half.story.run('resume', 'words')).code).toBe(0)
    expect(half.batches.all.map(({ requests }) => requests.length)).toEqual([100, 50])
    expect(half.answeredPrompts()).toEqual(all(101))
    expectTrueBooks(half)
  })

  test('is told that a batch whose id never came cannot be cancelled, and its answers are kept by a resume', async () => {
    await using half = await HalfPriceStory.begin(30)
    await half.run({ detach: true }).catch(() => {})
    const path = 'outputs/words/v0/work/01_message_batch_001.json'
    const record = JSON.parse(half.story.read(path))
    half.story.write(path, { ...record, state: 'intended', id: null, created_at: null, expires_at: null })
    const { code, out } = await half.story.run('abort', 'words')
    expect({ code, out }).toEqual({
      code: 0,
      out: 'words v0 is stopped. A message batch of 29 requests may have been sent before its id was known. It cannot be cancelled without one, and may be billed; `itemwise resume words v0` looks for it and keeps its answers.\n',
    })
    half.clock.move(700_000)
    await half.resume()
    expect(half.batches.all).toHaveLength(1)
    expectTrueBooks(half)
  })

  test('is not resumed if what says what its batch holds is damaged, and the doctor says so', async () => {
    await using half = await HalfPriceStory.begin(30)
    await half.run({ detach: true }).catch(() => {})
    const record = 'outputs/words/v0/work/01_message_batch_001.json'
    const text = half.story.read(record)
    half.story.write(record, text.slice(0, 100))
    await expect(half.resume()).rejects.toThrow(/which says what a message batch holds, is damaged/)
    expect(await half.story.run('doctor')).toMatchObject({ code: 3, out: expect.stringContaining(record) })
    half.story.write(record, text)
    half.clock.move(700_000)
    await half.resume()
    expect(half.batches.all).toHaveLength(1)
    expectTrueBooks(half)
  })

  test('and one that waits for nothing cannot be followed here', async () => {
    await using half = await HalfPriceStory.begin(3)
    const { code, err } = await half.story.run('abort', 'words', '--target', 'local')
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('has no message batches with the API') })
  })

  test('the command says when its answers are due, and how to go on', async () => {
    await using half = await HalfPriceStory.begin(30)
    const { code, out, err } = await half.story.run('run', 'pipelines/words.json', '--detach')
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^words v0 is waiting\. One message batch is with the API \(29 requests/),
    })
    expect(err).toContain('itemwise resume words v0 --detach')
    expect(await half.story.run('run', 'pipelines/words.json', '--detach', '--target', 'aws')).toMatchObject({
      code: 2,
    })
  })
})

describe('a version that waits', () => {
  test('does not ask again for what has failed each time somebody looks after it', async () => {
    await using half = await HalfPriceStory.begin(30, {
      steps: [step1, { prompt_name: 'rate', answer_format: 'json' }],
      answer: ({ prompt }) => (prompt.startsWith('Define w7.') ? { refusal: true } : undefined),
    })
    for (let look = 0; look < 4; look++) {
      await half[look === 0 ? 'run' : 'resume']({ detach: true }).catch(() => {})
      half.clock.move(300_000)
    }
    await half.resume()
    expect(half.story.metadata('words/v0')).toMatchObject({ status: 'completed', stats: { failed: 1 } })
    expect(half.answeredPrompts().filter((prompt) => prompt === 'Define w7')).toHaveLength(1)
    expectTrueBooks(half, 'words/v0', 2)
  })

  test('is no base for a run that would ask for its items again', async () => {
    await using half = await HalfPriceStory.begin(30, { steps: [{ ...step1, batch_skip_existing: true }] })
    await half.run()
    half.story.write('inputs/words.json', words(60))
    await half.run({ detach: true }).catch(() => {})
    half.story.write('prompts/define.md', 'Define {word}. Be brief.')
    const refused = await half.run().catch((error: Error) => error.message)
    expect(refused).toContain('whose items would be asked for and paid for again')
    half.clock.move(700_000)
    await half.resume()
    expect(half.answeredPrompts()).toEqual(all(60))
  })

  test('ends after the round in which an item failed, if the step stops on errors', async () => {
    await using half = await HalfPriceStory.begin(30, {
      steps: [{ ...step1, batch_stop_on_error: true }],
      answer: ({ prompt }) => (prompt.startsWith('Define w7.') ? { refusal: true } : undefined),
    })
    await expect(half.run()).rejects.toThrow(/Item 17 failed in step 1/)
    expect(half.story.ledger('words/v0', 1)).toHaveLength(30)
    expectTrueBooks(half)
  })
})

test('3,000 items of 100 KB are 300 MB: they are cut into batches, and none is left out', async () => {
  // The same in small: 60 items of 10 KB, and batches of 256 KB.
  await using half = await HalfPriceStory.begin(60, {
    files: { 'prompts/define.md': `Define {word}. ${'Mind the length. '.repeat(600)}` },
  })
  const tools = half.tools()
  const batches = tools.model.batches!
  const model = Object.assign(Object.create(null), {
    standIn: false,
    ask: tools.model.ask.bind(tools.model),
    batches: {
      most: { requests: 100_000, bytes: 256_000 },
      ...Object.fromEntries(
        (['bytesOf', 'create', 'look', 'results', 'cancel', 'list'] as const).map((name) => [
          name,
          (batches[name] as (...given: unknown[]) => unknown).bind(batches),
        ]),
      ),
    },
  })
  await half.run({ model })
  expect(half.batches.all.map(({ requests }) => requests.length)).toEqual([24, 24, 11])
  expect(half.answeredPrompts()).toEqual(all(60))
  expectTrueBooks(half)
})
