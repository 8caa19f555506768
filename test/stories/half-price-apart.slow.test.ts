/** Half price in parts, between which no process waits: as on AWS, but here and on a clock that only waiting moves. */
import { describe, expect, test } from 'vitest'
import { BudgetReached, ModelUnavailable, RunFailed, RunInterrupted } from '../../core/errors.ts'
import { type ProcessTools, process } from '../../core/stages/process.ts'
import { claude } from '../../models/claude/claude.ts'
import { runApart } from './apart-run.ts'
import { HalfPriceStory } from './half-price-story.ts'
import { numbers, prompts, step1, step2 } from './words.ts'

function expectTrueBooks(half: HalfPriceStory, version?: string, steps?: number): void {
  const { ledger, record, billed } = half.books(version, steps)
  expect({ ledger, record }).toEqual({ ledger: billed, record: billed })
}

const all = (count: number) => prompts('Define', ...numbers(count)).sort()
const sizes = (half: HalfPriceStory) => half.batches.all.map(({ requests }) => requests.length)
const resume = { kind: 'resume', resume: { pipeline: 'words', version: undefined } } as const

/** What no two runs have alike, and what tells of the batches themselves. */
function comparable(half: HalfPriceStory, step: number): unknown {
  return half.story.ledger('words/v0', step).map(({ milliseconds: _ms, request_id: _id, ...line }) => ({
    ...line,
    line_check: undefined,
  }))
}

describe('what comes of it is what comes of a run that waits', () => {
  test('two steps, three chunks, answers that cannot be used, failures, and requests that expire', async () => {
    const story = () =>
      HalfPriceStory.begin(61, {
        steps: [step1, step2],
        answer: ({ prompt, nthForPrompt }) => {
          if (prompt.startsWith('Define w7.')) return nthForPrompt === 1 ? 'no JSON, sorry' : undefined
          if (prompt.startsWith('Define w9.')) return { refusal: true }
          return undefined
        },
        batches: {
          resultOf: ({ params }, { created, id }) =>
            JSON.stringify(params.messages).includes('Define w30.') && id.endsWith('1') && created > 0
              ? { type: 'expired' }
              : undefined,
        },
      })
    await using waits = await story()
    await waits.run()
    await using apart = await story()
    await runApart(apart)
    for (const step of [1, 2]) expect(comparable(apart, step)).toEqual(comparable(waits, step))
    expect(apart.story.metadata('words/v0').stats).toEqual(waits.story.metadata('words/v0').stats)
    expect(apart.story.json('outputs/words/v0/collated/02_rate.json')).toEqual(
      waits.story.json('outputs/words/v0/collated/02_rate.json'),
    )
    expect(sizes(apart).slice(0, 4)).toEqual([19, 20, 20, 1])
    expectTrueBooks(apart, 'words/v0', 2)
  })
})

describe('looks', () => {
  test('come soon at first, then each minute, and after an hour every five minutes', async () => {
    await using half = await HalfPriceStory.begin(30, { batches: { takesMs: 4_500_000 } })
    const { said } = await runApart(half, { items: 100 })
    const waits = said.filter((text) => text.startsWith('wait')).map((text) => Number(text.slice(5)))
    expect(said.slice(0, 2)).toEqual(['first', 'wait 2'])
    expect(waits.slice(0, 12)).toEqual([2, 3, 5, 7, 11, 16, 23, 35, 52, 60, 60, 60])
    expect(waits.slice(-3)).toEqual([300, 300, 300])
    expect(waits.filter((seconds) => seconds === 60).length).toBeGreaterThan(50)
    expect(said.slice(-3)).toEqual(['collect', 'send', 'collate'])
  })

  test('a batch that the API has lost is sent again after five minutes', async () => {
    await using half = await HalfPriceStory.begin(30)
    let looks = 0
    half.batches.behaviour.onLook = () => (++looks < 16 ? 404 : undefined)
    const { said } = await runApart(half, { items: 100 })
    expect(sizes(half)).toEqual([29, 29])
    expect(said.filter((text) => text === 'send')).toHaveLength(2)
    expect(half.said.join('\n')).toContain('The API does not know message batch')
  })

  test('an API that is away for an hour ends the run, which is resumed', async () => {
    await using half = await HalfPriceStory.begin(30)
    half.batches.behaviour.onLook = () => 503
    await expect(runApart(half, { items: 100 })).rejects.toThrow(ModelUnavailable)
    half.batches.behaviour.onLook = () => undefined
    await runApart(half, { items: 100, start: resume })
    expect(sizes(half)).toEqual([29])
    expectTrueBooks(half)
  })

  test('while batches are out, nothing is asked for live', async () => {
    await using half = await HalfPriceStory.begin(30)
    half.batches.behaviour.onLook = () => 503
    await expect(runApart(half, { items: 100 })).rejects.toThrow(ModelUnavailable)
    const tools = { ...half.tools(), stop: new AbortController().signal, halt: new AbortController().signal }
    const [chunk] = half.story.json('outputs/words/v0/work/01_batches.json') as [
      { batch: number; bytes: [number, number]; process: number },
    ]
    const live = process(
      { provider: claude, report: () => {}, ...tools } as ProcessTools,
      { pipeline: 'words', version: 'v0' },
      { step: 1, chunk, liveOnly: true },
    )
    await expect(live).rejects.toThrow(/was to be asked for live, but it waits: One message batch is with the API/)
    expect(half.story.sent.filter(({ path }) => path === '/v1/messages')).toHaveLength(1)
  })
})

describe('sending', () => {
  test('a create call whose answer is lost is looked for, and its items are sent once', async () => {
    await using half = await HalfPriceStory.begin(61, {
      batches: { onCreate: (nth) => (nth === 2 ? 'cut after' : nth === 3 ? 'cut' : undefined) },
    })
    await runApart(half)
    expect(sizes(half)).toEqual([19, 20, 1, 20])
    expect(half.answeredPrompts()).toEqual(all(61))
    expectTrueBooks(half)
  })

  test('a queue that is full is asked again in a minute, for what has not been sent', async () => {
    await using half = await HalfPriceStory.begin(61, { batches: { queue: 40 } })
    const { said } = await runApart(half)
    expect(half.answeredPrompts()).toEqual(all(61))
    expect(half.batches.all.length).toBe(4)
    expect(said.filter((text) => text === 'send').length).toBeGreaterThan(1)
    expectTrueBooks(half)
  })

  test('as many items as the limit has money for go first, in each chunk', async () => {
    await using half = await HalfPriceStory.begin(101, {
      steps: [{ ...step1, max_tokens: 200 }],
      request: { max_cost_usd: 0.0021 },
      batches: { takesMs: 0 },
    })
    await runApart(half, { items: 40 })
    expect(half.batches.all.length).toBeGreaterThan(6)
    expect(half.answeredPrompts()).toEqual(all(101))
    expect(half.billed().cost_usd).toBeLessThan(0.0021)
    expectTrueBooks(half)
  })

  test('a limit that is reached ends the run', async () => {
    await using half = await HalfPriceStory.begin(101, {
      steps: [{ ...step1, max_tokens: 200 }],
      request: { max_cost_usd: 0.0005 },
      batches: { takesMs: 0 },
    })
    await expect(runApart(half, { items: 40 })).rejects.toThrow(BudgetReached)
    expect(half.billed().cost_usd).toBeLessThan(0.0005)
    expectTrueBooks(half)
  })
})

describe('the end of a round', () => {
  test('batch_stop_on_error keeps what is in the batches, and then ends the run', async () => {
    await using half = await HalfPriceStory.begin(61, {
      steps: [{ ...step1, batch_stop_on_error: true }],
      answer: ({ prompt }) => (/^Define w(9|50)\./.test(prompt) ? { refusal: true } : undefined),
    })
    await expect(runApart(half)).rejects.toThrow(/Item 19 failed in step 1 \(define\), and batch_stop_on_error is set/)
    expect(half.batches.billed).toHaveLength(60)
    expectTrueBooks(half)
  })

  test('at the deadline batches are cancelled, what they answered is kept, and the rest is asked for live', async () => {
    await using half = await HalfPriceStory.begin(61, {
      request: { deadline: '5m' },
      batches: { cancelsInMs: 120_000, doneShare: 0.4 },
    })
    const { said } = await runApart(half)
    expect(said.at(-1)).toBe('live')
    expect(half.batches.all.every(({ cancelled }) => cancelled !== null)).toBe(true)
    expect(half.answeredPrompts()).toEqual(all(61))
    expectTrueBooks(half)
  })

  test('with after_deadline stop the run stops, and a resume sends the rest at half price', async () => {
    await using half = await HalfPriceStory.begin(61, {
      request: { deadline: '5m', after_deadline: 'stop' },
      batches: { doneShare: 0.4 },
    })
    await expect(runApart(half)).rejects.toThrow(RunInterrupted)
    expect(half.story.metadata('words/v0').status).toBe('aborted')
    await runApart(half, { start: resume })
    expect(half.answeredPrompts()).toEqual(all(61))
    expectTrueBooks(half)
  })

  test('after five rounds the rest is asked for live', async () => {
    await using half = await HalfPriceStory.begin(30, {
      batches: { takesMs: 0, resultOf: () => ({ type: 'expired' }) },
    })
    const { said } = await runApart(half, { items: 100 })
    expect(said.at(-1)).toBe('live')
    expect(sizes(half)).toEqual([29, 29, 29, 29, 29])
    expect(half.answeredPrompts()).toEqual(all(30))
    expectTrueBooks(half)
  })

  test('a run that waits is gone on with after its process died, by chunks of another size too', async () => {
    await using half = await HalfPriceStory.begin(61)
    const dies = (part: string) => {
      if (part === 'collect') throw new RunFailed('Killed.')
    }
    await expect(runApart(half, { before: dies })).rejects.toThrow(RunFailed)
    await runApart(half, { items: 7, start: resume })
    expect(sizes(half)).toEqual([19, 20, 20, 1])
    expect(half.answeredPrompts()).toEqual(all(61))
    expectTrueBooks(half)
  })
})
