/** What is answered to requests of every kind: the same, to the byte, by the Lambda and by the server on a laptop. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunState } from '../../api/documents.ts'
import type { LedgerLine } from '../../core/documents.ts'
import { ofLines, Story } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { type Send, Served, sendToLambda } from './adapters.ts'
import { type Both, bothOf, problem } from './send-both.ts'

let story: Story
let lambda: Send
let served: Served
let send: Both

const request = { pipeline_name: 'words', steps: [step1] }
const awkward = 'Übung 100% & mehr'

beforeAll(async () => {
  const files = wordFiles(2)
  story = await Story.begin({ ...files, 'pipelines/other.json': { ...request, pipeline_name: awkward } })
  for (const notes of ['one', 'two', 'three'])
    await story.run('run', 'pipelines/words.json', '--offline', '--notes', notes)
  await story.run('run', 'pipelines/other.json', '--offline')
  lambda = await sendToLambda(story)
  served = await Served.start(story)
  send = bothOf(lambda, served.send)
}, 60_000)

afterAll(async () => {
  served.command.signal('SIGINT')
  await served.command.ended
  await story[Symbol.asyncDispose]()
})

describe('a route', () => {
  test('that is not there is refused with the nearest', async () => {
    expect(await send('GET', '/pipeline')).toMatchObject(
      problem(404, 'no-such-route', expect.stringContaining('There is no route /pipeline. Did you mean /pipelines?')),
    )
  })

  test('is not at the root', async () => {
    expect(await send('GET', '/')).toMatchObject(
      problem(404, 'no-such-route', expect.stringMatching(/^There is no route \/\. Routes: \/runs, /)),
    )
  })

  test('takes its own methods only, and names them', async () => {
    expect(await send('DELETE', '/pipelines/a/versions/v0')).toMatchObject({
      ...problem(405, 'wrong-method', 'DELETE is not possible on /pipelines/a/versions/v0. Expected GET, PATCH.'),
      headers: { allow: 'GET, PATCH' },
    })
  })

  test.each(['OPTIONS', 'PUT', 'POST'])('takes no %s, so no page of another origin gets leave', async (method) => {
    expect(await send(method, '/pipelines')).toMatchObject({ status: 405, headers: { allow: 'GET' } })
  })

  test('answers HEAD without a body', async () => {
    expect(await send('HEAD', '/pipelines')).toMatchObject({ status: 200, text: '' })
  })

  test('whose name is no percent-encoding is refused', async () => {
    expect(await send('GET', '/pipelines/100%/versions')).toMatchObject(
      problem(400, 'request-refused', expect.stringContaining('a % that is no percent-encoding (100%)')),
    )
  })

  test.each(['/pipelines/', '//pipelines', '/pipelines//words/versions/'])(
    'is found whatever empty parts the path has: %s',
    async (path) => {
      expect(await send('GET', path)).toMatchObject({ status: 200 })
    },
  )
})

describe('a body', () => {
  test.each([
    ['steps: []', 'The body is not JSON: Unexpected token'],
    ['{"steps": [', 'The body is not JSON: '],
    [' ', 'The body is empty. Expected a run request as JSON'],
  ])('that is no JSON is refused with words: %s', async (body, words) => {
    expect(await send('POST', '/runs', { body })).toMatchObject(
      problem(400, 'not-json', expect.stringContaining(words)),
    )
  })

  test('that is missing is refused', async () => {
    expect(await send('POST', '/runs')).toMatchObject(
      problem(400, 'not-json', expect.stringContaining('The body is empty.')),
    )
  })

  test('of another type is refused', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    expect(await send('POST', '/runs', { body: 'a=1', headers })).toMatchObject({
      ...problem(
        415,
        'wrong-media-type',
        'The body is application/x-www-form-urlencoded. Expected JSON, with the header Content-Type: application/json.',
      ),
      headers: { accept: 'application/json' },
    })
  })

  test('that is longer than a Lambda takes is refused', async () => {
    const body = { pipeline_name: 'a', notes: 'x'.repeat(2_000_000), steps: [{ prompt_name: 'a' }] }
    const bytes = JSON.stringify(body).length
    const words = `The body has ${bytes} bytes. Expected 2000000 at most. Longer lists of ids go through the command line.`
    expect(await send('POST', '/runs', { body })).toMatchObject(problem(413, 'too-large', words))
  })

  test('may begin with a byte order mark', async () => {
    expect(await send('POST', '/runs', { body: '\uFEFF{"steps": []}' })).toMatchObject(
      problem(400, 'request-refused', 'The request: steps is []. Expected at least one entry.'),
    )
  })

  test('keeps the digits of an id that no double holds', async () => {
    const body = '{"rerun": {"pipeline": "words", "ids": [1], "notes": {"n": 90071992547409931234}}}'
    expect(await send('POST', '/runs', { body })).toMatchObject(
      problem(400, 'request-refused', expect.stringContaining('{"n":"90071992547409931234"}')),
    )
  })

  test('of a request that has none is not looked at', async () => {
    const withBody = await lambda('GET', '/pipelines', { body: 'anything' })
    expect(withBody).toEqual(await lambda('GET', '/pipelines'))
  })

  const wrong = Object.fromEntries(Array.from({ length: 15_000 }, (_, at) => [`f${at}`, at]))

  test.each<[string, string, object]>([
    ['POST', '/runs', { ...request, ...wrong }],
    ['POST', '/runs', { request, ...wrong }],
    ['POST', '/runs', { steps: [{ ...step1, ...wrong }] }],
    ['POST', '/runs', { rerun: { pipeline: 'words', failed: true, ...wrong } }],
    ['POST', '/runs', { resume: { pipeline: 'words', ...wrong } }],
    ['POST', '/runs/nobody/resume', wrong],
    ['PATCH', '/pipelines/words/versions/v0', wrong],
  ])('of many wrong fields gets an answer that stays short: %s %s', async (method, path, body) => {
    const { status, text, json } = await send(method, path, { body })
    expect([status, json]).toEqual([400, expect.objectContaining({ detail: '15000 problems, nothing was started.' })])
    const { problems } = json as { problems: string[] }
    expect([problems.length, problems.at(-1)]).toEqual([101, '14900 more problems.'])
    expect(text.length).toBeLessThan(60_000)
  })

  test.each<[string, string, object]>([
    ['POST', '/runs', { ...request, ['x'.repeat(250_000)]: 1 }],
    ['POST', '/runs', { rerun: { pipeline: 'words', failed: true, ['\u0001'.repeat(40_000)]: 1 } }],
    ['PATCH', '/pipelines/words/versions/v0', { pipeline_status: 'x'.repeat(250_000) }],
    ['GET', `/pipelines/${'x'.repeat(10_000)}/versions/v0`, {}],
  ])('with one wrong field of any length gets an answer that stays short: %s %s', async (method, path, body) => {
    const sent = method === 'GET' ? {} : { body }
    const { status, text } = await send(method, path, sent)
    expect([Math.floor(status / 100), text.length < 20_000]).toEqual([4, true])
  })
})

describe('a query', () => {
  test.each<[string, string, Record<string, string>, string]>([
    ['GET', '/runs', { stauts: 'running' }, 'There is no parameter "stauts". Did you mean status?'],
    ['GET', '/pipelines', { step: '1' }, 'There is no parameter "step". Expected limit, next.'],
    ['GET', '/pipelines/words/versions/v0', { limit: '1' }, 'There is no parameter "limit". Expected none.'],
    ['POST', '/runs', { offline: 'true' }, 'There is no parameter "offline". Expected none.'],
    [
      'GET',
      '/pipelines/words/versions/v0/items/11',
      { stepp: '1' },
      'There is no parameter "stepp". Did you mean step?',
    ],
  ])('that says what nobody reads is refused: %s %s %j', async (method, path, query, detail) => {
    const sending = method === 'GET' ? { query } : { query, body: {} }
    expect(await send(method, path, sending)).toMatchObject(problem(400, 'request-refused', detail))
  })
})

describe('a run request', () => {
  test('is refused with every problem, in the words of the command line', async () => {
    const body = { pipelin_name: 'a', steps: [{ prompt_name: 'a', max_tokens: 'many' }] }
    const answer = await send('POST', '/runs', { body })
    expect(answer).toMatchObject(problem(400, 'request-refused', '2 problems, nothing was started.'))
    expect(answer.json).toMatchObject({
      title: 'The request is refused',
      problems: [
        'The request: max_tokens of step 1 is "many". Expected a number.',
        'The request: there is no field "pipelin_name". Did you mean pipeline_name?',
      ],
    })
  })

  test.each([
    [[], 'The input is not an object.'],
    [{ request: null }, 'The request'],
    [{ rerun: { pipeline: 'a' } }, 'The rerun does not say which items.'],
    [{ resume: { pipeline: 'a', version: 'three' } }, 'a version such as v3'],
    [{ request: { steps: [{ prompt_name: 'a' }] }, frist: 3 }, 'there is no field "frist". Did you mean first?'],
  ])('of another form is refused: %j', async (body, words) => {
    expect(await send('POST', '/runs', { body })).toMatchObject(
      problem(400, 'request-refused', expect.stringContaining(words)),
    )
  })

  test('with an Idempotency-Key that is empty or too long is refused, however the header is written', async () => {
    const keys: Record<string, string>[] = [{ 'idempotency-key': ' ' }, { 'IDEMPOTENCY-KEY': 'k'.repeat(256) }]
    for (const headers of keys) {
      const words = 'The Idempotency-Key has no use. Expected 1 to 255 characters, such as a UUID.'
      expect(await send('POST', '/runs', { body: request, headers })).toMatchObject(
        problem(400, 'request-refused', words),
      )
    }
  })
})

describe('pipelines and versions', () => {
  test('come in pages, newest versions first, without their logs', async () => {
    const all = await send('GET', '/pipelines')
    expect(all.json).toMatchObject({
      pipelines: [
        {
          pipeline: 'words',
          latest: 'v2',
          record: { version: 'v2', notes: 'three', stats: { failed: 0 } },
          running: [],
        },
        { pipeline: awkward, latest: 'v0', record: { version: 'v0' }, running: [] },
      ],
      next: null,
    })
    const first = await send('GET', '/pipelines/words/versions', { query: { limit: '2' } })
    expect(first.json).toMatchObject({
      pipeline: 'words',
      latest: 'v2',
      versions: [
        { version: 'v2', notes: 'three', alive: false, folder: 'outputs/words/v2' },
        { version: 'v1', notes: 'two' },
      ],
      next: Buffer.from('version#00000001').toString('base64url'),
    })
    const { versions, next } = first.json as { versions: object[]; next: string }
    expect(versions[0]).not.toHaveProperty('logs')
    expect((await send('GET', '/pipelines/words/versions', { query: { next } })).json).toMatchObject({
      versions: [{ version: 'v0', notes: 'one' }],
      next: null,
    })
    const page = (await send('GET', '/pipelines', { query: { limit: '1' } })).json as { next: string }
    expect((await send('GET', '/pipelines', { query: { limit: '1', next: page.next } })).json).toMatchObject({
      pipelines: [{ pipeline: awkward }],
      next: null,
    })
  })

  test.each(['0', '101', 'ten', '1.5', ''])('come at most 100 at once: %s', async (limit) => {
    expect(await send('GET', '/pipelines', { query: { limit } })).toMatchObject(
      problem(400, 'request-refused', `limit is ${limit || 'empty'}. Expected a whole number from 1 to 100.`),
    )
  })

  test.each(['%', 'bm9wZQ', ''])('go on only from what a page before gave: %s', async (next) => {
    expect(await send('GET', '/pipelines/words/versions', { query: { next } })).toMatchObject(
      problem(
        400,
        'request-refused',
        expect.stringContaining(`next is ${next || 'empty'}. Expected the "next" of the page before`),
      ),
    )
  })

  test('are found by names that are percent-encoded, and by latest and labels', async () => {
    const path = `/pipelines/${encodeURIComponent(awkward)}/versions`
    expect((await send('GET', `${path}/latest`)).json).toMatchObject({ version: 'v0', folder: `outputs/${awkward}/v0` })
    expect((await send('GET', path)).json).toMatchObject({ pipeline: awkward, versions: [{ version: 'v0' }] })
    expect((await send('GET', `${path}/%40draft`)).json).toMatchObject({ version: 'v0' })
  })

  test('that are not there are named with what is near', async () => {
    expect(await send('GET', '/pipelines/words/versions/v7')).toMatchObject(
      problem(404, 'not-found', 'words has no version v7. Versions: v0, v1, v2.'),
    )
    for (const path of ['/pipelines/wrds/versions', '/pipelines/wrds/versions/latest'])
      expect(await send('GET', path)).toMatchObject(
        problem(404, 'not-found', 'There is no pipeline wrds. Did you mean words?'),
      )
    expect(await send('GET', '/pipelines/_runs/versions/nothing')).toMatchObject(
      problem(404, 'not-found', 'There is no one-off run nothing.'),
    )
  })

  test.each([
    '/pipelines/a%2F..%2Fwords/versions',
    '/pipelines/a%2F..%2Fwords/versions/v0',
    '/pipelines/..%2Foutputs%2Fwords/versions/v0',
    '/pipelines/_runs/versions/..%2Fwords%2Fv0',
    '/pipelines/words%2Fv0/versions/v0',
  ])('are not reached by a way around: %s', async (path) => {
    mkdirSync(join(story.root, 'outputs/a'), { recursive: true })
    expect(await send('GET', path)).toMatchObject({ status: 404 })
  })

  test('get labels that are checked before anything is looked up', async () => {
    for (const body of [{}, undefined])
      expect(await send('PATCH', '/pipelines/a/versions/v0', { body })).toMatchObject(
        problem(400, 'request-refused', 'There is nothing to change. Expected pipeline_status, notes or both.'),
      )
    expect(await send('PATCH', '/pipelines/a/versions/v0', { body: { status: 'final' } })).toMatchObject(
      problem(400, 'request-refused', expect.stringContaining('The body: there is no field "status".')),
    )
    for (const pipeline_status of ['a/b', '@x', 'v3', 'latest', ' '])
      expect(await send('PATCH', '/pipelines/words/versions/v1', { body: { pipeline_status } })).toMatchObject(
        problem(
          400,
          'request-refused',
          expect.stringContaining(`${JSON.stringify(pipeline_status)} cannot be a label. Expected 1 to 40 characters`),
        ),
      )
    expect(
      await send('PATCH', '/pipelines/words/versions/v1', { body: { pipeline_status: 'final', notes: null } }),
    ).toMatchObject({ status: 200, json: { version: 'v1', pipeline_status: 'final', notes: null } })
    expect(story.metadata('words/v1')).toMatchObject({ pipeline_status: 'final', notes: null })
    expect((await send('GET', '/pipelines/words/versions/@final')).json).toMatchObject({ version: 'v1' })
  })

  test('whose record is damaged are said to be, with the place', async () => {
    story.write('outputs/broken/v0/metadata.json', '{"version": ')
    story.write('outputs/broken/v1/metadata.json', story.read('outputs/words/v0/metadata.json'))
    expect((await send('GET', '/pipelines/broken/versions')).json).toMatchObject({
      versions: [{ version: 'v0', notes: 'one' }],
      unreadable: [expect.stringContaining('outputs/broken/v0/metadata.json')],
    })
    expect(await send('GET', '/pipelines/broken/versions/v0')).toMatchObject(
      problem(500, 'failed', expect.stringContaining('outputs/broken/v0/metadata.json')),
    )
  })
})

describe('runs', () => {
  async function start(body: object): Promise<string> {
    const { run_id } = JSON.parse((await served.send('POST', '/runs', { body })).text)
    const state = async () => JSON.parse((await served.send('GET', `/runs/${run_id}`)).text).status
    await expect.poll(state, { timeout: 90_000 }).not.toBe('running')
    return run_id
  }
  const listed = async (query: Record<string, string>) => {
    const { runs, next } = (await send('GET', '/runs', { query })).json as { runs: RunState[]; next: string | null }
    return { runs: runs.map(({ run_id }) => run_id), states: runs.map(({ status }) => status), next }
  }

  test('come in pages, newest first, of one pipeline or status if that is asked for', async () => {
    expect(await listed({})).toEqual({ runs: [], states: [], next: null })
    const request = (pipeline_name: string) => ({ request: { pipeline_name, steps: [step1] }, offline: true })
    const first = await start(request('one'))
    const refused = await start({ request: { pipeline_name: 'one', steps: [{ prompt_name: 'none' }] }, offline: true })
    const other = await start(request('two'))
    expect(await listed({})).toEqual({
      runs: [other, refused, first],
      states: ['completed', 'refused', 'completed'],
      next: null,
    })
    const { runs } = (await send('GET', '/runs', { query: { pipeline: 'two' } })).json as { runs: object[] }
    const started = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    const run = { run_id: other, execution_arn: null, started, status: 'completed', pipeline: 'two', version: 'v0' }
    expect(runs).toEqual([run])
    expect((await listed({ status: 'refused' })).runs).toEqual([refused])
    expect((await listed({ pipeline: 'one', status: 'completed' })).runs).toEqual([first])
    expect((await listed({ pipeline: 'three' })).runs).toEqual([])
    const page = await listed({ limit: '2' })
    expect([page.runs, (await listed({ limit: '2', next: page.next ?? '' })).runs]).toEqual([[other, refused], [first]])
  })

  test('are of a status that there is', async () => {
    const words = 'status is done. Expected one of running, completed, failed, aborted, refused, nothing_to_do.'
    expect(await send('GET', '/runs', { query: { status: 'done' } })).toMatchObject(
      problem(400, 'request-refused', words),
    )
  })
})

describe('items', () => {
  const path = '/pipelines/tales/versions/v0'
  const ids = ['11', 'a/b', 'ü 100%', '14', '15']

  beforeAll(async () => {
    story.write('inputs/tales.json', JSON.stringify(ids.map((id) => ({ id, word: `w${id}` }))))
    const steps = [
      { ...step1, input_file: 'inputs/tales.json', batch_skip_items: ['14'] },
      { prompt_name: 'guess', batch_mode: false, output_file: 'guess.md' },
    ]
    story.write('prompts/guess.md', 'Guess: {input}')
    story.write('pipelines/tales.json', JSON.stringify({ pipeline_name: 'tales', steps }))
    await story.run('run', 'pipelines/tales.json', '--offline')
  })

  test('come in pages, as their lines of the ledger, of one state if that is asked for', async () => {
    const seen: string[] = []
    let next: string | null = null
    do {
      const query: Record<string, string> = { limit: '2', ...(next !== null && { next }) }
      const page = (await send('GET', `${path}/items`, { query })).json as { items: LedgerLine[]; next: string | null }
      expect(page.items.length).toBeLessThanOrEqual(2)
      seen.push(...page.items.map(({ item_id }) => item_id))
      next = page.next
    } while (next !== null)
    expect(seen).toEqual(ids)
    const skipped = await send('GET', `${path}/items`, { query: { step: '1', state: 'skipped' } })
    const lines = ofLines<LedgerLine & { line_check: string }>(story.read('outputs/tales/v0/01_ledger.jsonl'))
    const { line_check: _, ...line } = lines.find(({ item_id }) => item_id === '14')!
    expect(skipped.json).toEqual({ pipeline: 'tales', version: 'v0', step: 1, items: [line], next: null })
  })

  test('are of a step and a state that there are, and go on where a page ended', async () => {
    for (const [query, detail] of [
      [{ step: '0' }, 'step is 0. Expected a whole number from 1 to 99.'],
      [{ state: 'lost' }, 'state is lost. Expected one of answered, failed, skipped.'],
      [
        { next: Buffer.from('line#7').toString('base64url') },
        expect.stringContaining('Expected the "next" of the page'),
      ],
      [
        { next: Buffer.from('line#x').toString('base64url') },
        expect.stringContaining('Expected the "next" of the page'),
      ],
      [
        { next: Buffer.from('line#1e9').toString('base64url') },
        expect.stringContaining('Expected the "next" of the page'),
      ],
    ] as [Record<string, string>, unknown][])
      expect(await send('GET', `${path}/items`, { query })).toMatchObject(problem(400, 'request-refused', detail))
    expect(await send('GET', `${path}/items`, { query: { step: '3' } })).toMatchObject(
      problem(404, 'not-found', 'tales v0 has no step 3. Steps: 1, 2.'),
    )
  })

  test.each(ids.filter((id) => id !== '14'))('are shown one by one, with prompt and answer: %s', async (id) => {
    const { json } = await send('GET', `${path}/items/${encodeURIComponent(id)}`)
    const { steps } = json as { steps: { line: LedgerLine; prompt: string; answer: string }[] }
    expect(steps.map(({ line, prompt }) => [line.item_id, prompt])).toEqual([[id, `Define w${id}.`]])
    expect(JSON.parse(steps[0]!.answer)).toMatchObject({ source_id: id })
    const one = (await send('GET', `${path}/items/${encodeURIComponent(id)}`, { query: { step: '1' } })).json
    expect(one).toEqual(json)
  })

  test('that are not there are not found', async () => {
    expect(await send('GET', `${path}/items/99`)).toMatchObject(problem(404, 'not-found', 'tales v0 has no item 99.'))
  })

  test('are in the collated file, which comes as it is', async () => {
    const array = await send('GET', `${path}/steps/1/collated`)
    expect([array.text, array.headers['content-type']]).toEqual([
      story.read('outputs/tales/v0/collated/01_define.json'),
      'application/json',
    ])
    const [onAws, here] = [
      await lambda('GET', `${path}/steps/2/collated`),
      await served.send('GET', `${path}/steps/2/collated`),
    ]
    expect(onAws).toEqual(here)
    expect(here).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      text: story.read('outputs/tales/v0/collated/02_guess.md'),
    })
    expect(await send('HEAD', `${path}/steps/1/collated`)).toMatchObject({ status: 200, text: '' })
    expect(await send('GET', `${path}/steps/x/collated`)).toMatchObject(
      problem(404, 'not-found', 'tales v0 has no step x. Steps: 1, 2.'),
    )
  })

  test('of a step that is not collated are said to be later', async () => {
    story.write('outputs/young/v0/metadata.json', story.read('outputs/tales/v0/metadata.json'))
    story.write('outputs/young/v0/run.json', story.read('outputs/tales/v0/run.json'))
    for (const what of ['items', 'steps/1/collated'])
      expect(await send('GET', `/pipelines/young/versions/v0/${what}`)).toMatchObject(
        problem(404, 'not-found', expect.stringContaining('Step 1 of young v0 is not collated')),
      )
  })

  test('whose ledger was changed by hand are not shown as if nothing were', async () => {
    const ledger = story.read('outputs/tales/v0/01_ledger.jsonl').replace('"state":"answered"', '"state":"failed"')
    for (const name of ['metadata.json', 'run.json'])
      story.write(`outputs/changed/v0/${name}`, story.read(`outputs/tales/v0/${name}`))
    story.write('outputs/changed/v0/01_ledger.jsonl', ledger)
    expect(await send('GET', '/pipelines/changed/versions/v0/items')).toMatchObject(
      problem(500, 'failed', expect.stringContaining('A ledger line was changed by hand')),
    )
  })
})

test.each(['a%2Fb', '..%2F..%2Fpipelines%2Fwords', 'nothing', 'x'.repeat(81)])(
  'a run that was not started here is not found: %s',
  async (id) => {
    const words = `There is no run ${decodeURIComponent(id)}. Expected the run_id that POST /runs answered.`
    expect(await send('GET', `/runs/${id}`)).toMatchObject(problem(404, 'not-found', words))
    expect(await send('POST', `/runs/${id}/abort`)).toMatchObject(problem(404, 'not-found', words))
    expect(await send('POST', `/runs/${id}/resume`)).toMatchObject(problem(404, 'not-found', words))
  },
)
