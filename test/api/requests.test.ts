/** What is answered to requests of every kind: the same, to the byte, by the Lambda and by the server on a laptop. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sending } from '../lambdas/api-event.ts'
import { Story } from '../stories/story.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { type Answer, type Send, Served, sendToLambda } from './adapters.ts'
import { differencesFromDescription } from './description.ts'

let story: Story
let lambda: Send
let served: Served

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
}, 60_000)

afterAll(async () => {
  served.command.signal('SIGINT')
  await served.command.ended
  await story[Symbol.asyncDispose]()
})

/** Sends it both ways and expects one answer. */
async function send(method: string, path: string, sending?: Sending): Promise<Answer & { json: unknown }> {
  const [onAws, here] = [await lambda(method, path, sending), await served.send(method, path, sending)]
  expect(here).toEqual(onAws)
  if (method !== 'HEAD') expect(differencesFromDescription({ method, path }, here)).toEqual([])
  return { ...here, json: here.text === '' ? null : JSON.parse(here.text) }
}

const problem = (status: number, kind: string, detail: unknown) => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  json: expect.objectContaining({ type: `urn:itemwise:problem:${kind}`, status, detail }),
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

  test('that is longer than an execution takes is refused', async () => {
    const body = { pipeline_name: 'a', notes: 'x'.repeat(262_144), steps: [{ prompt_name: 'a' }] }
    const bytes = JSON.stringify(body).length
    const words = `The body has ${bytes} bytes. Expected 260000 at most, which is what an execution takes. Keep long lists of ids and long schemas in files of the workspace.`
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
    expect(all.json).toEqual({
      pipelines: [
        { pipeline: 'words', latest: 'v2' },
        { pipeline: awkward, latest: 'v0' },
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
      problem(400, 'request-refused', `limit is ${limit}. Expected a whole number from 1 to 100.`),
    )
  })

  test.each(['%', 'bm9wZQ', ''])('go on only from what a page before gave: %s', async (next) => {
    expect(await send('GET', '/pipelines/words/versions', { query: { next } })).toMatchObject(
      problem(400, 'request-refused', expect.stringContaining(`next is ${next}. Expected the next of the page before`)),
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

test.each(['a%2Fb', '..%2F..%2Fpipelines%2Fwords', 'nothing', 'x'.repeat(81)])(
  'a run that was not started here is not found: %s',
  async (id) => {
    const words = `There is no run ${decodeURIComponent(id)}. Expected the run_id that POST /runs answered.`
    expect(await send('GET', `/runs/${id}`)).toMatchObject(problem(404, 'not-found', words))
    expect(await send('POST', `/runs/${id}/abort`)).toMatchObject(problem(404, 'not-found', words))
    expect(await send('POST', `/runs/${id}/resume`)).toMatchObject(problem(404, 'not-found', words))
  },
)
