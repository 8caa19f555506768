/** The items of a step as rows, and what people say of them: by the Lambda and by the server on a laptop, on one workspace. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ofLines, Story } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { type Send, Served, sendToLambda } from './adapters.ts'
import { type Both, bothOf, problem } from './send-both.ts'

let story: Story
let lambda: Send
let served: Served
let send: Both

const levels = ['easy', 'medium', 'hard']
const path = '/pipelines/words/versions/v1/steps/1'
const rows = `${path}/rows`

interface RowPage {
  total: number
  rows: Record<string, unknown>[]
}

/** Twelve words; the fifth is refused, the seventh is left out, and v1 has other answers to the second and the third. */
beforeAll(async () => {
  const define = { ...step1, batch_skip_items: ['17'] }
  story = await Story.begin(wordFiles(12, [define]))
  story.api.answer = ({ prompt }) => answerTo(prompt, 'first')
  await story.run('run', 'pipelines/words.json')
  story.api.answer = ({ prompt }) => answerTo(prompt, 'second')
  await story.run('rerun', 'words', '12', '13')
  lambda = await sendToLambda(story)
  served = await Served.start(story)
  send = bothOf(lambda, served.send)
}, 60_000)

afterAll(async () => {
  await served.stop()
  await story[Symbol.asyncDispose]()
})

function answerTo(prompt: string, text: string) {
  const number = Number(/w(\d+)/.exec(prompt)?.[1])
  if (number === 5) return { stop_reason: 'refusal' as const, text: 'No.' }
  const answer = { level: levels[number % 3], score: number * 10, text: `${text} of ${number}`, tags: ['a', 'b'] }
  return JSON.stringify(number === 4 ? { ...answer, text: 'Übung\n'.repeat(100) } : answer)
}

async function page(query: Record<string, string> = {}): Promise<RowPage> {
  return (await send('GET', rows, { query })).json as RowPage
}

const ids = ({ rows }: RowPage) => rows.map(({ root_id }) => root_id)
/** Ids of all rows of a filter. */
const taken = async (query: Record<string, string>) => ids(await page(query))

describe('rows', () => {
  test('come in the order of the input, each with its answer, its line, and that nobody reviewed it', async () => {
    const all = await page()
    const some = await page({ from: '5', limit: '3' })
    expect(some).toEqual({ ...all, from: 5, rows: all.rows.slice(5, 8) })
    // Found by the index first, and in the table from now on.
    await send('GET', `${path}/facets`)
    expect([await page(), await page({ from: '5', limit: '3' })]).toEqual([all, some])
    expect(all).toMatchObject({ pipeline: 'words', version: 'v1', step: 1, items: 12, total: 12, from: 0 })
    expect(ids(all)).toEqual(Array.from({ length: 12 }, (_, at) => String(11 + at)))
    const [line] = ofLines<Record<string, unknown>>(story.read('outputs/words/v1/01_ledger.jsonl'))
    expect(all.rows[0]).toEqual({
      ...{ root_id: '11', item_id: '11', item_index: 1, output_id: 1, state: 'answered', decision: 'carry' },
      ...{ answer_sha256: line!.answer_sha256, answer_version: 'v0', reason: line!.reason, error: null },
      ...{
        review: 'unreviewed',
        stale: false,
        suggested: false,
        edit: null,
        comment: null,
        by: null,
        at: null,
        model: line!.model,
        cost_usd: 0,
      },
      ...{ input_tokens: 0, output_tokens: 0, milliseconds: 0, attempts: 0, cut: false },
      answer: { nr: 1, source_id: 11, level: 'medium', score: 10, text: 'first of 1', tags: ['a', 'b'] },
    })
    expect(all.rows[3]).toMatchObject({ cut: true, answer: { text: `${'Übung\n'.repeat(50)}…` } })
    expect(all.rows[4]).toMatchObject({ state: 'failed', answer: null, answer_sha256: null, review: null })
    expect(all.rows[6]).toMatchObject({ state: 'skipped', answer: null, answer_sha256: null, review: null })
  })

  test('are a window of what the filter takes', async () => {
    expect(ids(await page({ from: '3', limit: '2' }))).toEqual(['14', '15'])
    expect(await page({ from: '11', limit: '2' })).toMatchObject({ total: 12, from: 11, rows: [{ root_id: '22' }] })
    expect(await page({ from: '12' })).toMatchObject({ total: 12, rows: [] })
    expect(await page({ from: '1', limit: '1', text: 'second' })).toMatchObject({ total: 2, rows: [{ root_id: '13' }] })
  })

  test.each<[Record<string, string>, string[]]>([
    [{ state: 'failed' }, ['15']],
    [{ failed: 'refusal' }, ['15']],
    [{ failed: 'timeout' }, []],
    [{ decision: 'process' }, ['12', '13']],
    [{ decision: 'skip' }, ['17']],
    [{ review: 'none' }, ['15', '17']],
    [{ text: 'SECOND of' }, ['12', '13']],
    [{ text: 'übung' }, ['14']],
    [{ text: 'level' }, []],
    [{ text: '22' }, ['22']],
    [{ field: 'level', value: 'hard' }, ['12', '18', '21']],
    [{ field: 'score', value: '30' }, ['13']],
    [{ field: 'tags', value: '["a","b"]', decision: 'process' }, ['12', '13']],
    [{ field: 'none', value: 'null' }, []],
    [{ against: 'v0' }, ['11', '12', '13', '14', '15', '16', '17', '18', '19', '20', '21', '22']],
    [{ against: 'v0', change: 'changed' }, ['12', '13']],
    [{ against: 'v0', change: 'changed', field: 'level', value: 'hard' }, ['12']],
    [{ sort: '-id', decision: 'process' }, ['13', '12']],
    [{ sort: 'field:score', field: 'level', value: 'easy' }, ['13', '16', '19', '22']],
    [{ sort: '-field:score', field: 'level', value: 'easy' }, ['22', '19', '16', '13']],
    [{ sort: 'field:level', limit: '5' }, ['13', '16', '19', '22', '12']],
    [{ sort: '-length', limit: '1' }, ['14']],
    [{ sort: '-cost', limit: '2' }, ['12', '13']],
    [{ sort: 'review', limit: '2' }, ['11', '12']],
  ])('are chosen and put in order by the query: %j', async (query, expected) => {
    expect(await taken(query)).toEqual(expected)
  })

  test.each<[Record<string, string>, string]>([
    [{ review: 'good' }, 'review is good. Expected one of unreviewed, approved, flagged, edited, stale, none.'],
    [{ sort: 'level' }, 'sort is level. Expected one of input, id, review, cost, tokens, time, length, or field:level'],
    [{ from: '-1' }, 'from is -1. Expected a whole number from 0.'],
    [{ limit: '501' }, 'limit is 501. Expected a whole number from 1 to 500.'],
    [{ field: 'level' }, 'There is a field without a value. Expected both, or neither.'],
    [{ value: 'hard' }, 'There is a value without a field. Expected both, or neither.'],
    [{ change: 'changed' }, 'A change is asked for, but not against which version. Expected against=v3, or another.'],
    [{ against: 'v7', change: 'changed' }, 'words has no version v7. Versions: v0, v1.'],
    [{ text: '' }, 'text is empty. Expected 1 to 500 characters; leave text out for all.'],
    [{ txet: 'a' }, 'There is no parameter "txet". Did you mean text?'],
  ])('are refused for a query that means nothing: %j', async (query, detail) => {
    expect(await send('GET', rows, { query })).toMatchObject(
      problem(400, 'request-refused', expect.stringContaining(detail)),
    )
  })

  test('are of a version and a step that there are', async () => {
    expect(await send('GET', '/pipelines/words/versions/v9/steps/1/rows')).toMatchObject({ status: 404 })
    expect(await send('GET', '/pipelines/words/versions/v1/steps/2/rows')).toMatchObject(
      problem(404, 'not-found', 'words v1 has no step 2. Steps: 1.'),
    )
  })
})

test('facets count what each choice would take while the rest of the filter holds', async () => {
  const all = (await send('GET', `${path}/facets`)).json
  expect(all).toEqual({
    oddities: null,
    ...{ pipeline: 'words', version: 'v1', step: 1, items: 12, total: 12, change: null, fields: [] },
    review: { unreviewed: 10, approved: 0, flagged: 0, edited: 0, stale: 0, none: 2 },
    state: { answered: 10, failed: 1, skipped: 1 },
    decision: { carry: 9, process: 2, skip: 1 },
    failed: { refusal: 1 },
  })
  const query = { against: 'v0', change: 'changed', field: 'level', value: 'hard', fields: 'level,score,none' }
  expect((await send('GET', `${path}/facets`, { query })).json).toMatchObject({
    total: 1,
    change: { changed: 1, added: 0, same: 2 },
    state: { answered: 1, failed: 0, skipped: 0 },
    fields: [
      {
        field: 'level',
        values: [
          { value: 'hard', count: 1 },
          { value: 'easy', count: 1 },
        ],
        others: 0,
      },
      { field: 'score', values: [{ value: 20, count: 1 }], others: 0 },
      { field: 'none', values: [], others: 0 },
    ],
  })
})

test('the steps of a version say what their answers are', async () => {
  expect((await send('GET', '/pipelines/words/versions/latest/steps')).json).toMatchObject({
    version: 'v1',
    steps: [
      {
        ...{ step: 1, prompt_name: 'define', batch_mode: true, collated: true, is_text: false, output_schema: null },
        ...{ id_fields: ['nr', 'source_id'], template: 'Define {word}.' },
      },
    ],
  })
})

describe('reviews', () => {
  const say = (body: object, to = path) => served.send('POST', `${to}/reviews`, { body })
  /** As a page that shows the row says it. */
  async function meant(...wanted: string[]) {
    const all = (await page()).rows.filter(({ root_id }) => wanted.includes(String(root_id)))
    return all.map(({ root_id, answer_sha256, at }) => ({ root_id, answer_sha256, seen_at: at }))
  }
  const kept = () =>
    story.has('outputs/words/reviews.jsonl') ? ofLines<object>(story.read('outputs/words/reviews.jsonl')) : []

  test('are said of all items that are named, and each way to the API and the command line see them', async () => {
    const said = JSON.parse((await say({ act: 'approve', by: 'maria', items: await meant('11', '12') })).text)
    const at = expect.stringMatching(/^\d{4}-.*Z$/)
    expect(said).toEqual({ pipeline: 'words', version: 'v1', step: 1, count: 2, by: 'maria', at })
    await story.run('flag', 'words', '13', '--by', 'otto', '--comment', 'Dull')
    expect(await page({ review: 'approved' })).toMatchObject({
      total: 2,
      rows: [{ root_id: '11', review: 'approved', by: 'maria', at: said.at, stale: false }, { root_id: '12' }],
    })
    expect((await send('GET', `${path}/reviews`)).json).toMatchObject({
      total: 3,
      reviews: [
        { root_id: '11', review: 'approved' },
        { root_id: '12', review: 'approved' },
        { root_id: '13', review: 'flagged', comment: 'Dull', by: 'otto' },
      ],
    })
    expect(ids(await page({ sort: 'review', limit: '2' }))).toEqual(['13', '14'])
    expect((await send('GET', `${path}/facets`)).json).toMatchObject({
      review: { unreviewed: 7, approved: 2, flagged: 1, stale: 0, none: 2 },
    })
    const { out } = await story.run('reviews', 'words', '--json')
    const states = JSON.parse(out).map(({ root_id, state }: Record<string, string>) => `${root_id} ${state}`)
    expect(states.slice(0, 3)).toEqual(['11 approved', '12 approved', '13 flagged'])
  })

  test('of a carried answer hold in the version before, and those of another answer are stale there', async () => {
    const before = (await send('GET', '/pipelines/words/versions/v0/steps/1/rows', { query: { limit: '3' } })).json
    expect(before).toMatchObject({
      rows: [
        { root_id: '11', review: 'approved', stale: false },
        { root_id: '12', review: 'unreviewed', stale: true },
        { root_id: '13', review: 'unreviewed', stale: true, comment: 'Dull' },
      ],
    })
  })

  test('of another answer than was read are refused with what is there, and nothing is noted', async () => {
    const [eleven, fourteen] = await meant('11', '14')
    const before = kept()
    const old = { ...fourteen!, answer_sha256: 'f'.repeat(64) }
    for (const items of [
      [eleven, old],
      [{ ...eleven, seen_at: null }, fourteen],
    ]) {
      const answer = await say({ act: 'flag', by: 'maria', items })
      const [is, at] = items[1] === old ? [fourteen!, null] : [eleven!, eleven!.seen_at]
      const there = [expect.objectContaining({ root_id: is.root_id, answer_sha256: is.answer_sha256, at })]
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        409,
        expect.objectContaining({ type: 'urn:itemwise:problem:answer-changed', there }),
      ])
    }
    expect(kept()).toEqual(before)
  })

  test('are said of all that a filter takes, unless it takes others by now', async () => {
    const filter = { review: 'unreviewed', field: 'level', value: 'medium' }
    const { total } = await page(filter)
    const before = kept()
    expect(JSON.parse((await say({ act: 'approve', filter, total: total + 1 })).text)).toMatchObject({ status: 409 })
    expect(kept()).toEqual(before)
    const said = JSON.parse((await say({ act: 'approve', comment: 'all', filter, total })).text)
    expect([said.count, (await page(filter)).total]).toEqual([total, 0])
    const { reviewer } = JSON.parse((await served.send('GET', '/session')).text)
    expect([said.by, reviewer]).toEqual([reviewer, expect.stringMatching(/./)])
  })

  test('at once are all kept', async () => {
    const [item] = await meant('22')
    const named = { root_id: '22', answer_sha256: item!.answer_sha256 }
    const before = kept().length
    const said = Array.from({ length: 12 }, (_, at) =>
      say({ act: 'comment', comment: `${at}`, items: [named], by: 'a' }),
    )
    const line = story.run('comment', 'words', '22', '--comment', 'line', '--by', 'b')
    expect((await Promise.all(said)).map(({ status }) => status)).toEqual(said.map(() => 200))
    await line
    expect(kept().length).toBe(before + 13)
  })

  test.each<[object, string]>([
    [{ act: 'praise', items: [] }, 'act is "praise"'],
    [{ act: 'approve', items: [] }, 'items is []'],
    [{ act: 'approve' }, 'items is missing'],
    [{ act: 'approve', filter: {} }, 'total is missing'],
    [{ act: 'approve', filter: { txet: 'a' }, total: 1 }, 'Did you mean text?'],
    [{ act: 'comment', items: [{ root_id: '11', answer_sha256: 'f'.repeat(64) }] }, 'there is no comment'],
    [{ act: 'approve', filter: { state: 'failed' }, total: 1 }, 'has an answer that could be reviewed'],
    [{ act: 'approve', items: [{ root_id: '15', answer_sha256: 'f'.repeat(64) }] }, 'Item 15 has no answer in step 1'],
    [{ act: 'approve', items: [{ root_id: '110', answer_sha256: 'f'.repeat(64) }] }, 'v1 of words has no item 110'],
  ])('that mean nothing are refused by both: %j', async (body, detail) => {
    const { json, status } = await send('POST', `${path}/reviews`, { body: { by: 'maria', ...body } })
    const { detail: said, problems = [] } = json as { detail: string; problems?: string[] }
    expect([status, [said, ...problems].join(' ')]).toEqual([400, expect.stringContaining(detail)])
  })

  test('of a one-off are refused', async () => {
    await story.run('run', 'pipelines/words.json', '--first', '1', '--offline')
    const [run] = story.names('outputs/_runs')
    const oneOff = `/pipelines/_runs/versions/${run}/steps/1`
    const [shown] = ((await send('GET', `${oneOff}/rows`)).json as RowPage).rows
    const items = [{ root_id: '11', answer_sha256: shown!.answer_sha256 }]
    expect(await send('POST', `${oneOff}/reviews`, { body: { act: 'approve', by: 'a', items } })).toMatchObject(
      problem(400, 'request-refused', expect.stringContaining('One-off runs are not reviewed')),
    )
  })
})

describe('an item', () => {
  test('shows which parts of its prompt are its own, how its answer is reviewed, and all that was said', async () => {
    await story.run('flag', 'words', '21', '--version', 'v1', '--by', 'otto', '--comment', 'Dull')
    const { json } = await send('GET', '/pipelines/words/versions/v1/items/21')
    const act = expect.objectContaining({ act: 'flag', by: 'otto', comment: 'Dull', version: 'v1', root_id: '21' })
    expect((json as { steps: object[] }).steps).toEqual([
      expect.objectContaining({
        prompt_version: 'v0',
        prompt_parts: [
          { text: 'Define ', from: null },
          { text: 'w11', from: 'word' },
          { text: '.', from: null },
        ],
        standing: expect.objectContaining({ root_id: '21', review: 'flagged', stale: false, comment: 'Dull' }),
        acts: [act],
      }),
    ])
    const failed = (await send('GET', '/pipelines/words/versions/v1/items/15')).json
    expect(failed).toMatchObject({
      steps: [{ answer: null, standing: { review: null, answer_sha256: null }, acts: [] }],
    })
  })

  test('has a story: each version with its line, its answer, and whether that is the one before', async () => {
    const story12 = '/pipelines/words/versions/v1/items/12/story'
    const all = (await send('GET', story12)).json as { versions: object[] }
    expect(all).toMatchObject({
      ...{ pipeline: 'words', root_id: '12', step: 1, next: null },
      versions: [
        { version: 'v1', pipeline_status: 'draft', line: { decision: 'process' }, same_as_before: false },
        { version: 'v0', answer: expect.stringContaining('first of 2'), same_as_before: null },
      ],
    })
    const first = (await send('GET', story12, { query: { limit: '1' } })).json as { next: string; versions: object[] }
    expect(first.versions).toEqual(all.versions.slice(0, 1))
    const { versions } = (await send('GET', story12, { query: { next: first.next, step: '1' } })).json as typeof first
    expect(versions).toEqual(all.versions.slice(1))
    expect((await send('GET', '/pipelines/words/versions/v0/items/11/story')).json).toMatchObject({
      versions: [{ same_as_before: true, line: { decision: 'carry' } }, { same_as_before: null }],
    })
    expect(await send('GET', '/pipelines/words/versions/v1/items/99/story')).toMatchObject(
      problem(404, 'not-found', 'words v1 has no item 99.'),
    )
  })
})

describe('edits', () => {
  const say = (body: object | string, to = path) => served.send('POST', `${to}/reviews`, { body })
  const row = async (id: string) => (await page()).rows.find(({ root_id }) => root_id === id)!

  test('wait until a version puts them in place, and no digit of theirs is lost', async () => {
    const { answer_sha256, answer } = await row('16')
    const mine = { ...(answer as object), text: 'mine', score: 0 }
    const item = { root_id: '16', answer_sha256, seen_at: null, answer: mine }
    const body = JSON.stringify({ act: 'edit', by: 'maria', items: [item] }).replace('"score":0', '"score":1.10')
    expect(JSON.parse((await say(body)).text)).toMatchObject({ count: 1, by: 'maria' })
    expect(await row('16')).toMatchObject({ review: 'edited', edit: 'waiting', stale: false, by: 'maria', answer })
    const { steps } = (await send('GET', '/pipelines/words/versions/v1/items/16')).json as {
      steps: { acts: object[] }[]
    }
    expect(steps[0]!.acts).toMatchObject([{ act: 'edit', answer: { text: 'mine' } }])
    const before = story.sent.length
    const input = { apply: { pipeline: 'words' }, offline: true }
    const { run_id } = JSON.parse((await served.send('POST', '/runs', { body: input })).text)
    const status = async () => JSON.parse((await served.send('GET', `/runs/${run_id}`)).text).status
    await expect.poll(status, { timeout: 90_000 }).not.toBe('running')
    const applied = (await send('GET', '/pipelines/words/versions/latest/steps/1/rows')).json as RowPage
    expect([applied, story.sent.length]).toMatchObject([{ version: 'v2' }, before])
    expect(applied.rows.find(({ root_id }) => root_id === '16')).toMatchObject({
      ...{ review: 'edited', edit: 'applied', stale: false, reason: 'edited', answer: { text: 'mine' } },
    })
    expect(story.read('outputs/words/v2/collated/01_define.json')).toContain('"score": 1.10')
  })

  test('are stale in rows, items and stories if only their input has changed', async () => {
    const [before, v2] = [story.read('inputs/words.json'), '/pipelines/words/versions/v2']
    const isStale = async () => {
      const { rows } = (await send('GET', `${v2}/steps/1/rows`)).json as RowPage
      const { steps } = (await send('GET', `${v2}/items/16`)).json as { steps: { standing: object }[] }
      const { versions } = (await send('GET', `${v2}/items/16/story`)).json as { versions: { standing: object }[] }
      const { review } = (await send('GET', `${v2}/steps/1/facets`)).json as { review: { stale: number } }
      const row = rows.find(({ root_id }) => root_id === '16')!
      return [
        ...[row, steps[0]!.standing, versions[0]!.standing].map((one) => (one as { stale: boolean }).stale),
        review.stale,
      ]
    }
    expect(await isStale()).toEqual([false, false, false, 0])
    story.write('inputs/words.json', before.replace('"w6"', '"another word"'))
    expect(await isStale()).toEqual([true, true, true, 1])
    story.write('inputs/words.json', before)
    expect(await isStale()).toEqual([false, false, false, 0])
  })

  test('that cannot stand there are refused with the place, and nothing is noted', async () => {
    const { answer_sha256 } = await row('18')
    const kept = story.read('outputs/words/reviews.jsonl')
    for (const [answer, detail] of [
      [{ nr: 99, text: 'a' }, 'has 99 in nr, where the id'],
      [undefined, 'There is no answer for item 18.'],
    ])
      expect(
        await send('POST', `${path}/reviews`, {
          body: { act: 'edit', by: 'maria', items: [{ root_id: '18', answer_sha256, answer }] },
        }),
      ).toMatchObject(problem(400, 'request-refused', expect.stringContaining(String(detail))))
    const other = { root_id: '18', answer_sha256: 'f'.repeat(64), answer: {} }
    expect((await say({ act: 'edit', by: 'maria', items: [other] })).status).toBe(409)
    expect(story.read('outputs/words/reviews.jsonl')).toBe(kept)
  })
})

describe('a comparison', () => {
  const comparison = `${path}/comparison`

  test('has only what changed, with both answers whole, and how each is reviewed', async () => {
    const all = (await send('GET', comparison)).json as { differences: Record<string, unknown>[] }
    expect(all).toMatchObject({
      ...{ pipeline: 'words', against: 'v0', version: 'v1', step: 1, total: 2, from: 0 },
      counts: { same: 8, changed: 2, added: 0, removed: 0 },
      instructions: { template: null, settings: [] },
      differences: [
        {
          ...{ kind: 'changed', item_id: '12', root_id: '12', cut: false },
          before: { answer: expect.stringContaining('first of 2'), review: 'unreviewed', stale: true },
          after: { answer: expect.stringContaining('second of 2'), review: 'approved', by: 'maria' },
        },
        { item_id: '13', after: { review: 'flagged' } },
      ],
    })
    const query = { from: '1', limit: '1', against: 'v0', kind: 'changed' }
    expect((await send('GET', comparison, { query })).json).toMatchObject({
      ...{ total: 2, from: 1 },
      differences: all.differences.slice(1),
    })
    expect((await send('GET', comparison, { query: { kind: 'added' } })).json).toMatchObject({ total: 0 })
  })

  test('shows what one of both lacks, and how the instructions changed', async () => {
    story.api.answer = ({ prompt }) => answerTo(prompt, 'first')
    story.write('prompts/define.md', 'Define {word} well.')
    story.write(
      'inputs/words.json',
      [13, 14, 30].map((id) => ({ id, word: `w${id - 10}` })),
    )
    story.write('pipelines/few.json', { pipeline_name: 'words', steps: [step1] })
    expect(await story.run('run', 'pipelines/few.json')).toMatchObject({ code: 0 })
    expect(
      (await send('GET', '/pipelines/words/versions/latest/steps/1/comparison', { query: { against: 'v1' } })).json,
    ).toMatchObject({
      // The numbers in their answers are others; one of the answers is the same but for that.
      counts: { same: 1, changed: 1, added: 1, removed: 8 },
      instructions: { template: { before: 'Define {word}.', after: 'Define {word} well.' } },
      differences: [
        { kind: 'changed', root_id: '13' },
        { kind: 'added', root_id: '30', before: null, after: { review: 'unreviewed' } },
        { kind: 'removed', root_id: '11', before: { review: 'approved' }, after: null },
        ...Array.from({ length: 7 }, () => ({ kind: 'removed' })),
      ],
    })
  })

  test('is with a version that there is', async () => {
    expect(await send('GET', '/pipelines/words/versions/v0/steps/1/comparison')).toMatchObject(
      problem(400, 'request-refused', 'v0 of words is based on no version. Expected against=v3, or another.'),
    )
    expect(await send('GET', comparison, { query: { against: 'v9' } })).toMatchObject({ status: 400 })
  })
})

describe('an estimate', () => {
  test('says what a run, a rerun or edits would ask for and cost, and begins nothing', async () => {
    // Counting tokens costs nothing.
    const answered = () => story.sent.filter(({ path }) => path === '/v1/messages').length
    const before = [story.names('outputs/words'), answered()]
    const rerun = (await send('POST', '/estimates', { body: { rerun: { pipeline: 'words', ids: ['13', '14'] } } })).json
    expect(rerun).toMatchObject({
      ...{ pipeline: 'words', mode: 'rerun', base: 'v3', continues: null, requests: 2, incomplete: false },
      cost_usd: { likely: expect.closeTo(0, 1) },
      steps: [{ step: 1, items: 3, process: 2, carry: 1, skip: 0, known: true }],
      first_prompt: { step: 1, item_id: '13', prompt: 'Define w3 well.' },
    })
    expect((rerun as { cost_usd: { likely: number } }).cost_usd.likely).toBeGreaterThan(0)
    const request = story.json('pipelines/few.json')
    const run = (await send('POST', '/estimates', { body: { request, first: 1, offline: true } })).json
    expect(run).toMatchObject({ pipeline: null, requests: 1, cost_usd: { low: 0, likely: 0, high: 0 } })
    expect([story.names('outputs/words'), answered()]).toEqual(before)
  })

  test.each<[object, number, string, string]>([
    [{ resume: { pipeline: 'words' } }, 400, 'request-refused', 'A resumed version is not estimated'],
    [{ rerun: { pipeline: 'words', failed: true } }, 409, 'nothing-to-do', 'failed'],
    [{ apply: { pipeline: 'words' } }, 409, 'nothing-to-do', 'edit'],
    [{ rerun: { pipeline: 'wrds', failed: true } }, 400, 'request-refused', 'Did you mean words?'],
  ])('is refused for what there is nothing to say of: %j', async (body, status, kind, words) => {
    expect(await send('POST', '/estimates', { body })).toMatchObject(
      problem(status, kind, expect.stringContaining(words)),
    )
  })
})

test('another template is tried on one item: what it would send and cost, then its answer', async () => {
  story.api.answer = ({ prompt }) => JSON.stringify({ text: prompt })
  const to = '/pipelines/words/versions/latest/steps/1/tries'
  const body = { root_id: '14', template: 'Describe {word}.' }
  const before = story.names('outputs/words')
  expect((await send('POST', to, { body: { ...body, ask: false } })).json).toMatchObject({
    run_id: null,
    estimate: { pipeline: null, requests: 1, first_prompt: { item_id: '14', prompt: 'Describe w4.' } },
  })
  for (const [wrong, words] of [
    [{ ...body, template: 'Describe {wrod}.' }, 'Did you mean word?'],
    [{ ...body, root_id: '99' }, 'has no item 99'],
  ] as const) {
    const { detail, status } = (await send('POST', to, { body: { ...wrong, ask: false } })).json as Record<
      string,
      unknown
    >
    expect([status, detail]).toEqual([expect.any(Number), expect.stringContaining(words)])
  }
  const { run_id } = JSON.parse((await served.send('POST', to, { body: { ...body, ask: true } })).text)
  await served.send('GET', `/runs/${run_id}/events`)
  expect((await send('GET', `/pipelines/_runs/versions/${run_id}/items/14`)).json).toMatchObject({
    steps: [{ prompt: 'Describe w4.', answer: expect.stringContaining('"text": "Describe w4."') }],
  })
  expect(story.names('outputs/words')).toEqual(before)
})

test('the events of a run tell how it stands until it has ended; where answers cannot go on, what to do instead', async () => {
  story.api.answer = ({ prompt }) => ({ delay_ms: 700, text: JSON.stringify({ text: prompt }) })
  const input = { pipeline_name: 'events', steps: [{ ...step1, max_concurrency: 1 }] }
  const { run_id } = JSON.parse((await served.send('POST', '/runs', { body: input })).text)
  const { status, text, headers } = await served.send('GET', `/runs/${run_id}/events`)
  expect([status, headers['content-type']]).toEqual([200, 'text/event-stream'])
  const events = text.split('\n\n').filter((event) => event.startsWith('event: state\ndata: '))
  const states = events.map((event) => JSON.parse(event.slice('event: state\ndata: '.length)))
  expect(states.length).toBeGreaterThan(1)
  expect(states.at(-1)).toEqual(JSON.parse((await served.send('GET', `/runs/${run_id}`)).text))
  expect(states.map((state) => state.status)).toEqual([...states.slice(1).map(() => 'running'), 'completed'])
  expect((await served.send('GET', '/runs/nobody/events')).status).toBe(404)
  const onAws = await lambda('GET', `/runs/${run_id}/events`)
  expect([onAws.status, JSON.parse(onAws.text)]).toEqual([
    501,
    expect.objectContaining({
      type: 'urn:itemwise:problem:not-here',
      detail: expect.stringContaining(`Ask GET /runs/${run_id}`),
    }),
  ])
})

test('a pipeline shows what is being run, and by which run', async () => {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  story.api.answer = () => ({ after: released, text: '{"level": "easy"}' })
  story.write('pipelines/slow.json', { pipeline_name: 'slow', steps: [step1] })
  const run = story.start('run', 'pipelines/slow.json')
  const listed = async () => {
    const { pipelines } = JSON.parse((await served.send('GET', '/pipelines')).text)
    return pipelines.find(({ pipeline }: { pipeline: string }) => pipeline === 'slow')
  }
  await expect.poll(listed, { timeout: 60_000 }).toMatchObject({
    ...{ latest: null, record: null },
    running: [{ version: 'v0', status: 'running', alive: true, run_id: expect.stringMatching(/./) }],
  })
  release()
  await run.ended
  expect(await listed()).toMatchObject({ latest: 'v0', record: { version: 'v0' }, running: [] })
})
