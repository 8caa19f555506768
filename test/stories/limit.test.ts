import { describe, expect, test } from 'vitest'
import type { Model, Question } from '../../core/model.ts'
import { costOf } from '../../core/money/prices.ts'
import { worstCaseOf } from '../../core/money/worst-case.ts'
import { runPipeline } from '../../index.ts'
import { claude } from '../../models/claude/claude.ts'
import { evenTokens, inputTokens } from '../anthropic-server/tokens.ts'
import type { Call, Fault } from '../anthropic-server.ts'
import { billed, sum } from './billed.ts'
import { type Sent, Story, until } from './story.ts'
import { numbers, prompts, step1, step2, wordFiles } from './words.ts'

const max_tokens = 400
const model = 'claude-haiku-5-5'
const small = { ...step1, max_tokens, max_concurrency: 16 }

/** The worst case of a call of these stories: their prompts differ in a few letters. */
const most = worstCaseOf(
  {
    ...{ model, max_tokens, effort: null, thinking: 'off', system: null, output_schema: null },
    turns: [{ role: 'user', content: 'Define w1.' }],
  } satisfies Question,
  { provider: claude },
)!

/** An answer of 10 to 400 tokens, other for each call. */
function answerOf(nth: number): string {
  return JSON.stringify({ answer: 'x'.repeat(20 + ((nth * 7919) % 1300)) })
}

/** Adds up what the API may bill: of a call whose answer got lost, as much as its answer could have been. */
class Bill {
  usd = 0
  readonly #lose: (nth: number) => Fault | undefined

  constructor(lose: (nth: number) => Fault | undefined = () => undefined) {
    this.#lose = lose
  }

  readonly answer = ({ body, nth }: Call): Fault => {
    const fault = this.#lose(nth)
    const text = answerOf(nth)
    const output_tokens = fault === undefined ? evenTokens(text) : body.max_tokens
    const tokens = {
      input_tokens: inputTokens(body, evenTokens),
      output_tokens,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
    }
    if (fault?.status !== 529) this.usd += costOf(body.model, tokens, { provider: claude }) ?? Number.NaN
    return { ...fault, text }
  }
}

/** Three calls of ten go wrong: one is refused, one is lost on its way back, one breaks the server. */
function threeOfTen(nth: number): Fault | undefined {
  return { 2: { status: 529 }, 5: { drop: 'middle' as const }, 8: { status: 500 } }[nth % 10]
}

const cost = (sent: Sent[]) => sum(sent.map((one) => billed(one))).cost_usd!

test('sixteen calls at once never cost more than the limit, which is used up to the last call; a higher one finishes the run', async () => {
  const limit = 0.003
  await using story = await Story.begin(wordFiles(100, [small], { max_cost_usd: limit }), { latencyMs: 5 })
  const bill = new Bill()
  story.api.answer = bill.answer
  const { code, out, err } = await story.run('run', 'pipelines/words.json')
  const spent = cost(story.sent)
  expect({ code, out, billed: bill.usd.toFixed(12) }).toEqual({ code: 1, out: '', billed: spent.toFixed(12) })
  expect(spent).toBeLessThanOrEqual(limit)
  expect(spent + most * 1.01).toBeGreaterThan(limit)
  expect(err.slice(err.indexOf('The answers so far'))).toMatch(
    /^The answers so far are kept in outputs\/words\/v0\.\nitemwise: The limit of \$0\.003 \(max_cost_usd\) is reached: \$0\.00\d+ are spent, where a call whose price never came counts as its most, and the next call could cost \$0\.000\d+\. Go on with a higher limit: itemwise resume words v0 --max-cost 0\.006\n$/,
  )
  const { status, stats, logs } = story.metadata('words/v0')
  const reached = expect.stringMatching(/^The limit of \$0\.003 \(max_cost_usd\) is reached: /)
  expect({ status, cost: stats.cost_usd, failed: stats.failed, logs }).toEqual({
    ...{ status: 'failed', cost: spent, failed: 0 },
    logs: [{ time: expect.any(String), level: 'error', message: reached }],
  })
  const shown = await story.run('show', 'words', 'v0')
  expect(shown.out).toMatch(
    /^v0 \(failed\)$[\s\S]*^Log:\n {2}error: The limit of \$0\.003 \(max_cost_usd\) is reached: /m,
  )

  const first = story.asked()
  const resumed = await story.run('resume', 'words', '--max-cost', '1')
  expect({ code: resumed.code, asked: [...first, ...story.asked()].length }).toEqual({ code: 0, asked: 100 })
  expect(story.collated('words/v0', '01_define.json').map(({ nr }) => nr)).toEqual(numbers(100))
  expect(story.metadata('words/v0').stats.cost_usd).toBe(cost(story.sent))
})

test('with three of ten calls going wrong, what may have been billed never passes the limit', async () => {
  const limit = 0.006
  await using story = await Story.begin(wordFiles(60, [small]), { latencyMs: 5 })
  const bill = new Bill(threeOfTen)
  story.api.answer = bill.answer
  const { code, err } = await story.run('run', 'pipelines/words.json', '--max-cost', String(limit))
  expect({ code, reached: err.includes('The limit of $0.006 (max_cost_usd) is reached') }).toEqual({
    code: 1,
    reached: true,
  })
  expect(bill.usd).toBeLessThanOrEqual(limit)
  expect(story.sent.length).toBeGreaterThan(20)
})

test('a run that is killed again and again stays below the limit over all its lives, and a higher one finishes it', async () => {
  const limit = 0.02
  await using story = await Story.begin(wordFiles(120, [small], { max_cost_usd: limit }), { latencyMs: 40 })
  const bill = new Bill((nth) => (nth % 15 === 7 ? { drop: 'middle' } : undefined))
  story.api.answer = bill.answer
  let killed = 0
  let ended: number | null = null
  for (const words of [['run', 'pipelines/words.json'], ...Array.from({ length: 40 }, () => ['resume', 'words'])]) {
    const command = story.start(...words)
    const target = story.sent.length + 17
    let over = false
    command.ended.then(() => {
      over = true
    })
    await until(() => over || story.sent.length >= target)
    command.signal('SIGKILL')
    const { code, err } = await command.ended
    ended = code
    if (code !== null) expect(err).toContain('The limit of $0.02 (max_cost_usd) is reached')
    if (code !== null) break
    killed += 1
  }
  expect({ ended, kills: killed > 1 }).toEqual({ ended: 1, kills: true })
  expect(bill.usd).toBeLessThanOrEqual(limit)
  const again = await story.run('resume', 'words')
  expect([again.code, again.err.includes('is reached')]).toEqual([1, true])
  expect(bill.usd).toBeLessThanOrEqual(limit)

  story.api.answer = undefined
  expect((await story.run('resume', 'words', '--max-cost', '1')).code).toBe(0)
  expect(story.collated('words/v0', '01_define.json').map(({ nr }) => nr)).toEqual(numbers(120))
})

test('where the money covers two worst cases, two calls are under way at once, and the run comes to its end', async () => {
  const limit = String(most * 2.3)
  await using story = await Story.begin(wordFiles(12, [small, { ...step2, max_tokens }]), { latencyMs: 20 })
  const { code } = await story.run('run', 'pipelines/words.json', '--max-cost', limit)
  expect({ code, atOnce: story.server.mostAtOnce, calls: story.sent.length }).toEqual({ code: 0, atOnce: 2, calls: 24 })
})

test('waiting for money does not use up the time for an answer', async () => {
  await using story = await Story.begin({
    ...wordFiles(4, [small], { max_cost_usd: most * 1.2 }),
    'itemwise.yaml': { answer_timeout_seconds: 5 },
  })
  // One at a time: the last of the four has waited for longer than an answer may take.
  story.api.answer = () => ({ delay_ms: 1700 })
  const { code } = await story.run('run', 'pipelines/words.json')
  expect({ code, atOnce: story.server.mostAtOnce }).toEqual({ code: 0, atOnce: 1 })
})

test('Ctrl-C sends no call that waits for money', async () => {
  await using story = await Story.begin(wordFiles(12, [small], { max_cost_usd: most * 2.3 }))
  const answers = Promise.withResolvers<void>()
  story.api.answer = () => ({ after: answers.promise })
  const started = story.start('run', 'pipelines/words.json')
  await until(() => story.sent.length === 2)
  started.signal('SIGINT')
  await started.says('Ctrl-C again to stop now.')
  answers.resolve()
  const { code, err } = await started.ended
  expect({ code, last: err.trimEnd().split('\n').at(-1), calls: story.sent.length }).toEqual({
    code: 130,
    last: 'itemwise: The run was stopped.',
    calls: 2,
  })
})

describe('what a limit belongs to', () => {
  const tiny = String(most * 1.1)

  test('a version keeps the limit that resume gave it; none lifts it', async () => {
    await using story = await Story.begin(wordFiles(40, [small], { max_cost_usd: most * 1.1 }))
    story.api.answer = ({ nth }) => answerOf(nth)
    expect((await story.run('run', 'pipelines/words.json')).code).toBe(1)
    const raised = await story.run('resume', 'words', '--max-cost', String(most * 3))
    const as = await story.run('resume', 'words')
    const limit = /The limit of \$[\d.]+/
    expect([raised.code, as.code, limit.exec(as.err)?.[0]]).toEqual([1, 1, limit.exec(raised.err)?.[0]])
    expect(limit.exec(as.err)?.[0]).toBe(`The limit of $${Number((most * 3).toPrecision(3))}`)
    expect(story.runDocument('words/v0').request.max_cost_usd).toBe(most * 1.1)
    expect((await story.run('resume', 'words', '--max-cost', 'none')).code).toBe(0)
    expect(story.sent).toHaveLength(40)
  })

  test('a version that had none and gets one counts what it has spent before', async () => {
    await using story = await Story.begin(wordFiles(20, [{ ...small, batch_stop_on_error: true, max_concurrency: 1 }]))
    story.api.answer = ({ nth }) => (nth === 8 ? { refusal: true } : answerOf(nth))
    expect((await story.run('run', 'pipelines/words.json')).code).toBe(1)
    const before = cost(story.sent)
    const { code, err } = await story.run('resume', 'words', '--max-cost', String(before))
    expect({
      code,
      spent: err.includes(`: $${Number(before.toPrecision(3))} are spent`),
      calls: story.sent.length,
    }).toEqual({
      ...{ code: 1, spent: true, calls: 8 },
    })
  })

  test('run and rerun take one of their own in the place of that of the request', async () => {
    await using story = await Story.begin(wordFiles(6, [small], { max_cost_usd: most * 1.1 }))
    story.api.answer = ({ nth }) => answerOf(nth)
    expect((await story.run('run', 'pipelines/words.json', '--max-cost', 'none')).code).toBe(0)
    expect(story.runDocument('words/v0').request.max_cost_usd).toBeUndefined()
    const { code, err } = await story.run('rerun', 'words', '11', '12', '13', '14', '15', '16', '--max-cost', tiny)
    expect([code, err.includes('itemwise resume words v1 --max-cost')]).toEqual([1, true])
  })

  test('a request that is filled up brings its limit to the version that is gone on with', async () => {
    const step = { ...small, batch_skip_existing: true }
    await using story = await Story.begin(wordFiles(30, [step], { max_cost_usd: most * 1.1 }))
    story.api.answer = ({ nth }) => answerOf(nth)
    expect((await story.run('run', 'pipelines/words.json')).code).toBe(1)
    expect((await story.run('run', 'pipelines/words.json', '--max-cost', '1')).code).toBe(0)
    expect([story.sent.length, story.names('outputs/words')]).toEqual([30, ['latest', 'v0']])
  })

  test('a request that resumes brings its limit too', async () => {
    const request = { pipeline_name: 'words', steps: [small], resume: true, max_cost_usd: 1 }
    await using story = await Story.begin({
      ...wordFiles(30, [small], { max_cost_usd: most * 1.1 }),
      'pipelines/again.json': request,
    })
    story.api.answer = ({ nth }) => answerOf(nth)
    expect((await story.run('run', 'pipelines/words.json')).code).toBe(1)
    expect((await story.run('run', 'pipelines/again.json')).code).toBe(0)
    expect(story.sent).toHaveLength(30)
  })

  test('a one-off run is gone on with by its id', async () => {
    await using story = await Story.begin(wordFiles(30, [small]))
    story.api.answer = ({ nth }) => answerOf(nth)
    const { code, err } = await story.run('run', 'pipelines/words.json', '--first', '25', '--max-cost', tiny)
    const [, words = ''] = /: itemwise (resume \w+ --max-cost [\d.]+)\n$/.exec(err) ?? []
    expect([code, words]).toEqual([1, expect.stringMatching(/^resume 01/)])
    const [resume = '', id = ''] = words.split(' ')
    expect((await story.run(resume, id, '--max-cost', '1')).code).toBe(0)
  })
})

describe('what is refused', () => {
  test('a model without a price, with both ways out, before anything is sent', async () => {
    await using story = await Story.begin(wordFiles(2, [{ ...small, model: 'claude-next' }], { max_cost_usd: 5 }))
    const refused = await story.run('run', 'pipelines/words.json')
    expect(refused).toEqual({
      code: 2,
      out: '',
      err: 'itemwise: max_cost_usd cannot hold: the price of claude-next is not known, which step 1 (define) would ask. Give its price in itemwise.yaml under prices, or leave max_cost_usd out.\n',
    })
    expect([story.sent, story.has('outputs')]).toEqual([[], false])
    expect((await story.run('run', 'pipelines/words.json', '--offline')).code).toBe(0)
  })

  test('a limit that is no amount', async () => {
    await using story = await Story.begin(wordFiles(1, [small], { max_cost_usd: 0 }))
    const inFile = await story.run('run', 'pipelines/words.json')
    expect([inFile.code, inFile.err]).toEqual([
      2,
      'itemwise: pipelines/words.json: max_cost_usd is 0. Expected more than 0.\n',
    ])
    for (const amount of ['0', '-1', 'lots', '', '1e']) {
      const { code, err } = await story.run('run', 'pipelines/words.json', `--max-cost=${amount}`)
      expect([code, err]).toEqual([
        2,
        expect.stringContaining('Expected an amount in USD above 0, such as 2.50, or none.'),
      ])
    }
    expect(story.sent).toEqual([])
  })

  test('a model of a program that does not ask for the money of its calls, after the first of them', async () => {
    await using story = await Story.begin(wordFiles(3))
    let calls = 0
    const own: Model = {
      standIn: false,
      async ask(question) {
        calls += 1
        const tokens = { input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_write_tokens: 0 }
        const reply = { text: '{}', stop_reason: 'end_turn', model: question.model, tokens, request_id: null }
        return { ...reply, attempts: 1, milliseconds: 1 }
      },
    }
    const request = { pipeline_name: 'words', steps: [{ ...small, max_concurrency: 1 }], max_cost_usd: 1 }
    const run = runPipeline(request, { workspace: story.root, model: own })
    await expect(run).rejects.toMatchObject({
      name: 'RunFailed',
      message:
        'max_cost_usd cannot hold: this model called without awaiting `attempt` of its options before. Call it, or leave max_cost_usd out.',
      paid_usd: 0,
    })
    expect(calls).toBe(1)
  })
})

test('a limit below what any call could cost is refused, and nothing is sent', async () => {
  await using story = await Story.begin(wordFiles(2, [small], { max_cost_usd: most / 2 }))
  const { code, err } = await story.run('run', 'pipelines/words.json')
  expect(err).toMatch(
    /^itemwise: max_cost_usd is \$[\d.]+, but one call of step 1 \(define\) could cost \$[\d.]+ \(max_tokens is \d+\), so none could be made\. Set a higher limit, or lower max_tokens\.\n$/,
  )
  expect([code, story.sent.length, story.has('outputs')]).toEqual([2, 0, false])
})

test('the error has its name for scripts', async () => {
  await using story = await Story.begin(wordFiles(2, [small], { max_cost_usd: most - 1e-7 }))
  const { code, out } = await story.run('run', 'pipelines/words.json', '--json')
  expect({ code, error: JSON.parse(out).error.name, asked: story.asked() }).toEqual({
    ...{ code: 1, error: 'BudgetReached', asked: prompts('Define') },
  })
})
