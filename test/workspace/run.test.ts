import { join } from 'node:path'
import { expect, expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import { jsonSchema, openWorkspace, RequestRefused, RunFailed } from '../../index.ts'
import { Story } from '../stories/story.ts'
import { prompts, wordFiles, words } from '../stories/words.ts'
import { opened } from './opened.ts'

const verdict = z.object({ team: z.enum(['billing', 'tech']), urgent: z.boolean() })

function sorting(items: Iterable<object> | AsyncIterable<object>) {
  return {
    pipeline_name: 'words',
    steps: [{ prompt: 'Sort {word}.', items, output_schema: verdict, max_concurrency: 2 }],
  } as const
}

test('items, a prompt and a Zod schema from memory: the answers come in input order, typed, each once', async () => {
  await using story = await Story.begin()
  const run = await opened(story).run(sorting(words(20)))
  const ids: string[] = []
  for await (const { id, answer } of run.answers()) {
    expectTypeOf(answer.team).toEqualTypeOf<'billing' | 'tech'>()
    expectTypeOf(answer.urgent).toEqualTypeOf<boolean>()
    expect(verdict.loose().parse(answer)).toMatchObject({ id: Number(id) })
    ids.push(id)
  }
  expect(ids).toEqual(words(20).map(({ id }) => String(id)))
  const { version, stats, folder, outputs } = await run.done
  expect({ version, processed: stats.processed, folder, outputs }).toEqual({
    version: 'v0',
    processed: 20,
    folder: run.folder,
    outputs: [join(story.root, 'outputs/words/v0/collated/01_step_1.json')],
  })
  expect(story.read('outputs/words/v0/inputs/01_items.jsonl').split('\n', 1)[0]).toBe('{"id":11,"word":"w1"}')
  // Those who come later find the same.
  expect((await Array.fromAsync(run.answers())).map(({ id }) => id)).toEqual(ids)
})

test('an answer is handed on as soon as it is kept, while those behind it are still under way', async () => {
  await using story = await Story.begin()
  const { promise: seen, resolve: see } = Promise.withResolvers<void>()
  story.api.answer = ({ prompt }) => (/w3/.test(prompt) ? { after: seen } : undefined)
  const run = await opened(story).run(sorting(words(4)))
  const answers = run.answers()
  const first = [await answers.next(), await answers.next()]
  expect(first.map(({ value }) => value?.id)).toEqual(['11', '12'])
  expect((await opened(story).version('words', 'v0')).metadata.status).toBe('running')
  see()
  expect((await Array.fromAsync(answers)).map(({ id }) => id)).toEqual(['13', '14'])
})

test('a JSON Schema is sent and checked as it is, and the answers have the type that goes with it', async () => {
  await using story = await Story.begin()
  const properties = { team: { type: 'string', enum: ['billing', 'tech'] } }
  const schema = { type: 'object', properties, required: ['team'], additionalProperties: false }
  const output_schema = jsonSchema<{ team: 'billing' | 'tech' }>(schema)
  const run = await opened(story).run({ steps: [{ prompt: 'Sort {word}.', items: words(2), output_schema }] })
  for await (const { answer } of run.answers()) expect(['billing', 'tech']).toContain(answer.team)
  expect(story.runDocument(`_runs/${run.version}`).steps[0]?.output_schema).toEqual(schema)
})

test('a loop that is slower than the run finds the rest in the files', async () => {
  await using story = await Story.begin()
  const run = await opened(story).run(sorting(words(600)))
  const answers = run.answers()
  const first = await answers.next()
  await run.done
  const ids = [first.value!.id, ...(await Array.fromAsync(answers)).map(({ id }) => id)]
  expect(ids).toEqual(words(600).map(({ id }) => String(id)))
})

test('a failed item has no answer, and its failure is among the errors', async () => {
  await using story = await Story.begin()
  story.api.answer = ({ prompt }) => (/w2/.test(prompt) ? { status: 400, type: 'invalid_request_error' } : undefined)
  const run = await opened(story).run(sorting(words(3)))
  expect((await Array.fromAsync(run.answers())).map(({ id }) => id)).toEqual(['11', '13'])
  expect((await run.done).stats.failed).toBe(1)
  const version = await opened(story).version('words')
  expect(await version.errors()).toMatchObject([{ item_id: '12', kind: 'request_refused', step: 1 }])
})

test('a run that fails hands on what it has, then throws: with its version and what that has cost', async () => {
  await using story = await Story.begin()
  story.api.answer = ({ prompt }) => (/w3/.test(prompt) ? { status: 400, type: 'invalid_request_error' } : undefined)
  const steps = [{ ...sorting(words(5)).steps[0], max_concurrency: 1, batch_stop_on_error: true }] as const
  const run = await opened(story).run({ pipeline_name: 'words', steps })
  const ids: string[] = []
  const error: unknown = await (async () => {
    for await (const { id } of run.answers()) ids.push(id)
  })().catch((thrown) => thrown)
  expect(ids).toEqual(['11', '12'])
  expect(error).toBeInstanceOf(RunFailed)
  expect(error).toMatchObject({ version: { pipeline: 'words', version: 'v0' }, paid_usd: expect.any(Number) })
  expect((error as RunFailed).paid_usd).toBeGreaterThan(0)
  await expect(run.done).rejects.toBe(error)
})

test('a rerun takes the prompt of its base, or a new one', async () => {
  await using story = await Story.begin()
  const workspace = opened(story)
  await (await workspace.run(sorting(words(2)))).done
  story.asked()
  await (await workspace.rerun({ pipeline: 'words', ids: [11] })).done
  expect(story.asked()).toEqual(prompts('Sort', 1))
  await (await workspace.rerun({ pipeline: 'words', changed: true, prompts: { step_1: 'Arrange {word}.' } })).done
  expect(story.asked()).toEqual(prompts('Arrange', 1, 2))
  await expect(workspace.rerun({ pipeline: 'words', ids: [11], prompts: { sort: 'x' } })).rejects.toThrow(
    'prompts has sort, but the steps of the base are step_1.',
  )
})

test('events come from the beginning to the end, and several runs at once do not disturb each other', async () => {
  await using story = await Story.begin()
  const workspace = opened(story)
  const runs = await Promise.all(
    ['a', 'b', 'c'].map((pipeline_name) => workspace.run({ ...sorting(words(6)), pipeline_name })),
  )
  const told = await Promise.all(
    runs.map(async (run) => {
      const events = await Array.fromAsync(run.events())
      return { name: run.pipeline, events, ids: (await Array.fromAsync(run.answers())).length }
    }),
  )
  for (const { name, events, ids } of told) {
    expect(events.filter(({ type }) => type === 'opened')).toMatchObject([{ pipeline: name, version: 'v0' }])
    expect(events.filter(({ type }) => type === 'item')).toHaveLength(6)
    expect(events.at(-1)).toMatchObject({ type: 'step_done', answered: 6 })
    expect(ids).toBe(6)
  }
})

test('a generator is read only as fast as its items are written down, and once, whatever asks for them', async () => {
  await using story = await Story.begin()
  let given = 0
  async function* items() {
    for (const word of words(5)) {
      given += 1
      yield word
    }
  }
  const request = sorting(items())
  const estimate = await opened(story).estimate(request)
  expect(estimate.requests).toBe(5)
  const run = await opened(story).run(request)
  expect((await Array.fromAsync(run.answers())).length).toBe(5)
  expect(given).toBe(5)
})

test.each([
  [[{ id: 1, word: Number.NaN }], 'the item at position 1 has in "word" what JSON cannot hold'],
  [[{ id: 1 }, 'two' as never], 'Step 1 (step_1): the item at position 2 is "two". Expected an object'],
  [[{ id: 1n }], 'the item at position 1 has in "id" what JSON cannot hold'],
  [7 as never, 'items is number. Expected an array'],
])('items that are no JSON objects are refused before anything is paid for', async (items, said) => {
  await using story = await Story.begin()
  const error: unknown = await opened(story)
    .run(sorting(items))
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(RequestRefused)
  expect((error as Error).message).toContain(said)
  expect(story.asked()).toEqual([])
})

test('a request of a program is refused with every problem', async () => {
  await using story = await Story.begin()
  const twice = { prompt: 'A', items: [{ id: 1 }], input_file: 'inputs/a.json' }
  const dated = { prompt: 'B', output_schema: z.object({ on: z.date() }) }
  const error: unknown = await opened(story)
    .run({ steps: [twice, dated] })
    .catch((thrown: unknown) => thrown)
  expect((error as RequestRefused).problems).toEqual([
    'Step 1 has items, so input_file cannot stand there. Leave one out.',
    expect.stringMatching(/^Step 2: its output_schema \(zod\) cannot be said as JSON Schema: Date/),
  ])
})

test('what a program had in memory cannot be started from a copy of its request', async () => {
  await using story = await Story.begin()
  await (await opened(story).run(sorting(words(1)))).done
  story.write('pipelines/copy.json', story.runDocument('words/v0').request)
  const { code, err } = await story.run('run', 'copy')
  expect([code, err]).toEqual([2, expect.stringContaining('a program had these items in memory')])
})

test('ITEMWISE_OFFLINE says that answers are made up, unless the program says otherwise', async () => {
  await using story = await Story.begin()
  const before = process.env.ITEMWISE_OFFLINE
  try {
    process.env.ITEMWISE_OFFLINE = '1'
    const run = await openWorkspace(story.root).run(sorting(words(2)))
    expect((await Array.fromAsync(run.answers())).length).toBe(2)
    expect([story.sent.length, story.runDocument('words/v0').stand_in]).toEqual([0, true])
    const { key: apiKey, url: baseURL } = story.server
    await (await openWorkspace(story.root, { offline: false, apiKey, baseURL }).run(sorting(words(2)))).done
    expect(story.sent.length).toBe(2)
    process.env.ITEMWISE_OFFLINE = 'maybe'
    await expect(openWorkspace(story.root).run(sorting(words(1)))).rejects.toThrow('ITEMWISE_OFFLINE is "maybe".')
  } finally {
    if (before === undefined) delete process.env.ITEMWISE_OFFLINE
    else process.env.ITEMWISE_OFFLINE = before
  }
})

test('ITEMWISE_OFFLINE saves the command line the flag, for the commands that have it', async () => {
  await using story = await Story.begin(wordFiles(2))
  story.environment = { ITEMWISE_OFFLINE: '1' }
  expect((await story.run('run', 'words')).code).toBe(0)
  expect((await story.run('rerun', 'words', '11')).code).toBe(0)
  expect((await story.run('list', '--all')).code).toBe(0)
  expect([story.sent.length, story.runDocument('words/v1').stand_in]).toEqual([0, true])
})

test('what a step lacks is said in the words of a program', async () => {
  await using story = await Story.begin()
  const error: unknown = await opened(story)
    .run({ steps: [{ answer_format: 'text' }, { batch_id_field: 'id' }] })
    .catch((thrown: unknown) => thrown)
  expect((error as RequestRefused).problems).toEqual([
    'Step 1 has no prompt. Give it prompt, the text of a template, or prompt_name, a template in prompts/.',
    'Step 1 has no items. Give it items, or an input_file such as inputs/items.json.',
    'Step 2 has no prompt. Give it prompt, the text of a template, or prompt_name, a template in prompts/.',
  ])
})

test('a misspelt field does not compile', () => {
  const workspace = openWorkspace('.', { offline: true })
  const items = [{ id: 1 }]
  const misspelt = () => [
    // @ts-expect-error
    workspace.run({ steps: [{ prompt: 'A', items, anwser_format: 'text' }] }),
    // @ts-expect-error
    workspace.run({ pipline_name: 'a', steps: [{ prompt: 'A', items }] }),
    // @ts-expect-error
    workspace.run({ steps: [{ prompt: 'A', items, answer_format: 'txt' }] }),
    // @ts-expect-error
    workspace.rerun({ pipeline: 'a', id: [1] }),
  ]
  expect(misspelt).toBeTypeOf('function')
})

test('a callback that throws ends the run; what was kept is kept', async () => {
  await using story = await Story.begin()
  const mine = new Error('The log is full.')
  const onProgress = ({ type }: { type: string }) => {
    if (type === 'item') throw mine
  }
  const run = await opened(story).run(sorting(words(4)), { onProgress })
  await expect(run.done).rejects.toBe(mine)
  story.asked()
  const resumed = await opened(story).resume('words')
  expect((await Array.fromAsync(resumed.answers())).length).toBe(4)
  expect(story.asked().length).toBeLessThan(4)
})
