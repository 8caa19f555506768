/** Runs at half price on the loopback API: what comes back is kept, nothing is paid twice, and the books agree with the bill. */
import { describe, expect, test } from 'vitest'
import { RunDetached, RunInterrupted } from '../../core/errors.ts'
import { billedInBatches, sum } from './billed.ts'
import { HalfPriceStory } from './half-price-story.ts'
import { numbers, prompts, step1, step2 } from './words.ts'

function expectTrueBooks(half: HalfPriceStory, version?: string, steps?: number): void {
  const { ledger, record, billed } = half.books(version, steps)
  expect({ ledger, record }).toEqual({ ledger: billed, record: billed })
}

test('two steps: each asks for its first item live and for the others in one batch, at half the price', async () => {
  await using half = await HalfPriceStory.begin(30, { steps: [step1, step2] })
  const result = await half.run()
  expect(result).toMatchObject({ status: 'completed', stats: { items: 30, failed: 0 } })
  expect(half.batches.all.map(({ requests }) => requests.length)).toEqual([29, 29])
  expect(half.answeredPrompts()).toEqual(
    [...prompts('Define', ...numbers(30)), ...prompts('Rate', ...numbers(30))].sort(),
  )
  expectTrueBooks(half, 'words/v0', 2)
  const lines = half.story.ledger('words/v0', 1)
  expect(lines.map(({ delivery }) => delivery)).toEqual(['live', ...numbers(29).map(() => 'batch')])
  const { batch_saved_usd, by_batch } = half.story.metadata('words/v0').stats
  expect(by_batch).toBe(58)
  const shown = (await half.story.run('list', 'words', '--all')).out
  expect(shown).toMatch(/Delivery: batch \(58 of 60\)\n {2}Tokens: .*\n {2}Cost: .*\n {2}Half price saved: \$/)
  expect((await half.story.run('show', 'words', 'v0', '12')).out).toMatch(/Delivery: batch\n/)
  expect(batch_saved_usd).toBeCloseTo(
    lines
      .concat(half.story.ledger('words/v0', 2))
      .filter(({ delivery }) => delivery === 'batch')
      .reduce((usd, { cost_usd }) => usd + (cost_usd ?? 0), 0),
    12,
  )
  expect(half.said.join('\n')).toMatch(/message batch 1 is sent \(29 requests, msgbatch_00000001\)/)
  const { rows, total } = JSON.parse((await half.story.run('spend', '--by', 'delivery', '--json')).out)
  const inBatches = sum(billedInBatches(half.batches.billed))
  expect(rows).toEqual([
    { key: 'batch', runs: 1, ...inBatches, batch_saved_usd },
    expect.objectContaining({ key: 'live', output_tokens: half.billed().output_tokens - inBatches.output_tokens }),
  ])
  expect(total).toEqual({ ...half.billed(), batch_saved_usd })
  expect((await half.story.run('spend')).out).toMatch(/Half price saved: \$/)
})

test('the version is the same as a live one, but for what it cost', async () => {
  await using half = await HalfPriceStory.begin(30)
  await using live = await HalfPriceStory.begin(30, { request: { delivery: 'live' } })
  await half.run()
  await live.run()
  for (const path of ['collated/01_define.json', 'items/15/01_output.json', 'prompts/01_prompt_15.md'])
    expect(half.story.read(`outputs/words/v0/${path}`)).toBe(live.story.read(`outputs/words/v0/${path}`))
  expect(half.story.names('outputs/words/v0')).toEqual(live.story.names('outputs/words/v0'))
  const what = (story: HalfPriceStory) =>
    story.story
      .ledger('words/v0', 1)
      .map(({ item_id, fingerprint, state, answer_bytes }) => [item_id, fingerprint, state, answer_bytes])
  expect(what(half)).toEqual(what(live))
})

test('an answer that cannot be used is asked for again with the reason, in the next batch', async () => {
  await using half = await HalfPriceStory.begin(30, {
    answer: ({ prompt, nthForPrompt }) =>
      prompt.startsWith('Define w7.') && nthForPrompt === 1 && !/Answer again/.test(prompt) ? 'No JSON.' : undefined,
  })
  await half.run()
  expect(half.batches.all.map(({ requests }) => requests.length)).toEqual([29, 1])
  const [second] = half.batches.all[1]!.requests
  expect(second!.params.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  expect(half.story.ledger('words/v0', 1)[6]).toMatchObject({ state: 'answered', attempts: 2, delivery: 'batch' })
  expectTrueBooks(half)
})

test('an answer that can never be used is the failure of its item, after two asks', async () => {
  await using half = await HalfPriceStory.begin(30, {
    answer: ({ prompt }) => (prompt.startsWith('Define w7.') ? 'No JSON.' : undefined),
  })
  const { stats } = await half.run()
  expect(stats).toMatchObject({ failed: 1 })
  expect(half.story.errors('words/v0', 1)).toMatchObject([{ item_id: '17', kind: 'invalid_json', attempts: 2 }])
  expect(half.story.read('outputs/words/v0/items/17/01_reply.txt')).toBe('No JSON.')
  expectTrueBooks(half)
})

describe('the four outcomes', () => {
  test('a batch that expires keeps what was answered, and the rest is asked for again', async () => {
    await using half = await HalfPriceStory.begin(101, { batches: { takesMs: 90_000_000, doneShare: 0.6 } })
    half.onWait = () => {
      if (half.batches.all.length > 1) half.batches.behaviour.takesMs = 1000
    }
    await half.run()
    expect(half.batches.all.map(({ requests }) => requests.length)).toEqual([100, 40])
    expect(half.answeredPrompts()).toEqual(prompts('Define', ...numbers(101)).sort())
    expectTrueBooks(half)
  })

  test('a batch that somebody cancels keeps the 30 that were done, each line told as what it is', async () => {
    await using half = await HalfPriceStory.begin(101, { batches: { doneShare: 0.3 } })
    half.onWait = (waited) => {
      if (waited === 3) half.batches.cancel('msgbatch_00000001')
    }
    await half.run()
    expect(half.said.join('\n')).toContain('30 of 100 answered, 70 were cancelled')
    expect(half.batches.all.map(({ requests }) => requests.length)).toEqual([100, 70])
    expect(half.answeredPrompts()).toEqual(prompts('Define', ...numbers(101)).sort())
    expectTrueBooks(half)
  })

  test("what the server failed is asked for again, and what it refused is the item's failure", async () => {
    const error = (type: string, message: string) => ({
      type: 'errored',
      error: { type: 'error', error: { type, message } },
    })
    await using half = await HalfPriceStory.begin(30, {
      batches: {
        resultOf: ({ custom_id }, { id }) => {
          if (/-1-5-/.test(custom_id) && id.endsWith('1')) return error('api_error', 'Internal server error')
          return /-1-6-/.test(custom_id) ? error('invalid_request_error', 'prompt is too long') : undefined
        },
      },
    })
    await half.run()
    expect(half.batches.all.map(({ requests }) => requests.length)).toEqual([29, 1])
    expect(half.story.errors('words/v0', 1)).toMatchObject([
      { item_id: '16', kind: 'request_refused', error: expect.stringContaining('prompt is too long') },
    ])
    expectTrueBooks(half)
  })

  test('a result of a kind that nobody thought of is a failure whose cost is not known', async () => {
    await using half = await HalfPriceStory.begin(30, {
      batches: { resultOf: ({ custom_id }) => (/-1-5-/.test(custom_id) ? { type: 'paused' } : undefined) },
    })
    await half.run()
    expect(half.story.errors('words/v0', 1)).toMatchObject([{ item_id: '15', kind: 'bad_response' }])
    expect(half.story.metadata('words/v0').stats.cost_usd).toBeNull()
  })

  test('rounds that bring nothing end, and what is left is asked for live', async () => {
    await using half = await HalfPriceStory.begin(30, {
      batches: { resultOf: ({ custom_id }) => (/-1-5-/.test(custom_id) ? { type: 'expired' } : undefined) },
    })
    await half.run()
    expect(half.batches.all).toHaveLength(5)
    expect(half.story.ledger('words/v0', 1)[4]).toMatchObject({ state: 'answered', delivery: 'live' })
    expectTrueBooks(half)
  })
})

describe('interruptions', () => {
  test('a stop leaves the batch with the API, and a resume keeps its answers', async () => {
    await using half = await HalfPriceStory.begin(30)
    const stop = new AbortController()
    half.onWait = (waited) => {
      if (waited === 2) stop.abort(new RunInterrupted('The run was stopped.'))
    }
    await expect(half.run({ signal: stop.signal })).rejects.toThrow(RunInterrupted)
    expect(half.story.metadata('words/v0').status).toBe('aborted')
    half.onWait = () => {}
    await half.resume()
    expect(half.batches.all).toHaveLength(1)
    expect(half.answeredPrompts()).toEqual(prompts('Define', ...numbers(30)).sort())
    expectTrueBooks(half)
  })

  test('a run that detaches stays running and waiting, and each resume goes one step on', async () => {
    await using half = await HalfPriceStory.begin(30, { steps: [step1, step2] })
    await expect(half.run({ detach: true })).rejects.toThrow(RunDetached)
    expect(half.story.metadata('words/v0').status).toBe('running')
    expect((await half.story.run('list', 'words', '--all')).out).toMatch(
      /v0 \(waiting\)[\s\S]*Message batches: One message batch is with the API \(29 requests/,
    )
    expect((await half.story.run('doctor')).out).toMatch(
      /words v0: One message batch is with the API[\s\S]*Nothing is wrong/,
    )
    await expect(half.resume({ detach: true })).rejects.toThrow(RunDetached)
    half.clock.move(700_000)
    await expect(half.resume({ detach: true })).rejects.toThrow(RunDetached)
    half.clock.move(700_000)
    expect(await half.resume()).toMatchObject({ status: 'completed' })
    expect(half.batches.all).toHaveLength(2)
    expectTrueBooks(half, 'words/v0', 2)
  })
})

describe('creating', () => {
  test('accepted, and the connection cut: the batch is found again and there is no second one', async () => {
    await using half = await HalfPriceStory.begin(30, {
      batches: { onCreate: (nth) => (nth === 1 ? 'cut after' : undefined), unseenMs: 20_000 },
    })
    await half.run()
    expect(half.batches.all).toHaveLength(1)
    expect(half.answeredPrompts()).toEqual(prompts('Define', ...numbers(30)).sort())
    expectTrueBooks(half)
  })

  test('cut before it was taken: it is sent again when it is certain that there is none', async () => {
    await using half = await HalfPriceStory.begin(30, {
      batches: { onCreate: (nth) => (nth === 1 ? 'cut' : undefined) },
    })
    await half.run()
    expect(half.batches.all).toHaveLength(1)
    expectTrueBooks(half)
  })

  test("another's batch of as many requests is not taken for ours, nor cancelled", async () => {
    await using half = await HalfPriceStory.begin(30, {
      batches: { onCreate: (nth) => (nth === 1 ? 'cut' : undefined) },
    })
    half.onWait = (waited) => {
      if (waited === 1)
        half.batches.create({ requests: numbers(29).map((n) => ({ custom_id: `theirs-${n}`, params: {} })) })
    }
    await half.run()
    expect(half.batches.all).toHaveLength(2)
    expect(half.batches.all[0]!.cancelled).toBeNull()
    expectTrueBooks(half)
  })

  test('batches that others send later than a minute after the loss are not waited for', async () => {
    await using half = await HalfPriceStory.begin(30, {
      batches: { onCreate: (nth) => (nth === 1 ? 'cut' : undefined) },
    })
    half.onWait = (waited) => {
      if (waited > 300) throw new Error('It waits without end.')
      if (half.batches.all.every(({ requests }) => requests[0]!.custom_id.startsWith('theirs')))
        half.batches.create({ requests: numbers(29).map((n) => ({ custom_id: `theirs-${n}`, params: {} })) })
    }
    await half.run()
    expectTrueBooks(half)
  })

  test.each([429, 500, 529])('a %i is waited for', async (status) => {
    await using half = await HalfPriceStory.begin(30, {
      batches: { onCreate: (nth) => (nth <= 2 ? status : undefined) },
    })
    await half.run()
    expect(half.batches.all).toHaveLength(1)
    expectTrueBooks(half)
  })

  test('an API that is away for an hour ends the run, which is resumed', async () => {
    await using half = await HalfPriceStory.begin(30, { batches: { onCreate: () => 503 } })
    await expect(half.run()).rejects.toThrow(/^The API has not answered: The API failed \(503/)
    half.batches.behaviour.onCreate = () => undefined
    await half.resume()
    expect(half.batches.all).toHaveLength(1)
    expectTrueBooks(half)
  })

  test('a full queue holds back what does not fit until there is room', async () => {
    await using half = await HalfPriceStory.begin(30, { batches: { queue: 20 } })
    half.onWait = (waited) => {
      if (waited === 4) half.batches.behaviour.queue = 100
    }
    await half.run()
    expect(half.batches.all.map(({ requests }) => requests.length)).toEqual([29])
  })

  test('a body that is too long for what stands in between is cut in smaller ones', async () => {
    await using half = await HalfPriceStory.begin(60, {
      batches: { mostBytes: 130_000 },
      files: { 'prompts/define.md': `Define {word}. ${'Mind the length. '.repeat(400)}` },
    })
    await half.run()
    expect(half.batches.all.length).toBeGreaterThan(2)
    expect(half.answeredPrompts()).toEqual(prompts('Define', ...numbers(60)).sort())
  })

  test('a gateway without batches is told before anything is made', async () => {
    await using half = await HalfPriceStory.begin(30, { batches: { absent: true } })
    const { code, err } = await half.story.run('run', 'pipelines/words.json')
    expect({ code, made: half.story.has('outputs') }).toEqual({ code: 2, made: false })
    expect(err).toContain('There are no message batches at the address that is asked')
  })

  test('settings that the API refuses are found out by three live calls, and no batch is sent', async () => {
    await using half = await HalfPriceStory.begin(30, {
      answer: () => ({ status: 400, message: 'max_tokens: too many' }),
    })
    await expect(half.run()).rejects.toThrow(/refused 3 requests of this step[\s\S]*max_tokens: too many/)
    expect(half.batches.all).toHaveLength(0)
  })
})

describe('looking and reading', () => {
  test('a batch and its results that are not known in the first moments are waited for', async () => {
    await using half = await HalfPriceStory.begin(30, { batches: { unseenMs: 45_000 } })
    await half.run()
    expect(half.batches.all).toHaveLength(1)
    expectTrueBooks(half)
  })

  test.each([
    ['fails twice', (nth: number) => (nth <= 2 ? 500 : undefined)],
    ['breaks in the middle', (nth: number) => (nth === 1 ? ('half' as const) : undefined)],
    ['ends early as if it were whole', (nth: number) => (nth === 1 ? ('short' as const) : undefined)],
  ])('a download that %s is begun again, and nothing is kept twice', async (_what, onResults) => {
    await using half = await HalfPriceStory.begin(30, { batches: { onResults } })
    await half.run()
    expect(half.batches.all).toHaveLength(1)
    expectTrueBooks(half)
  })

  test('looks that fail are made again', async () => {
    await using half = await HalfPriceStory.begin(30, {
      batches: { onLook: (nth) => (nth % 2 === 1 ? 502 : undefined) },
    })
    await half.run()
    expectTrueBooks(half)
  })

  test('a state that nobody thought of is waited for, but not for ever', async () => {
    await using half = await HalfPriceStory.begin(30, { batches: { workingStatus: 'pondering' } })
    await half.run()
    expectTrueBooks(half)
    await using stuck = await HalfPriceStory.begin(30, {
      batches: { workingStatus: 'pondering', takesMs: 10 ** 12, expiresInMs: 3_600_000 },
    })
    stuck.onWait = () => {
      if (stuck.batches.all.length > 0) stuck.batches.all[0]!.created = stuck.clock.now() - 8_000_000
      stuck.batches.behaviour.expiresInMs = 3_600_000
      stuck.batches.find = (id) => stuck.batches.all.find((one) => one.id === id)!
    }
    await expect(stuck.run()).rejects.toThrow(/still calls it pondering/)
  })

  test('results are read from our own host, whatever address is named', async () => {
    await using half = await HalfPriceStory.begin(30, { batches: { resultsHost: 'http://127.0.0.1:9' } })
    await half.run()
    expectTrueBooks(half)
  })

  test('the same name twice in the results does not overwrite a row', async () => {
    await using half = await HalfPriceStory.begin(30)
    const { batches } = half
    const usual = batches.results.bind(batches)
    batches.results = (id) => {
      const lines = usual(id)
      const again = JSON.parse(lines[0]!)
      again.result.message.content = [{ type: 'text', text: '{"answer": "another"}' }]
      return [...lines, `${JSON.stringify(again)}\n`]
    }
    await half.run()
    expect(half.story.read('outputs/words/v0/collated/01_define.json')).not.toContain('another')
    expectTrueBooks(half)
  })
})
