/** `itemwise serve`: the API on a laptop, its runs as processes of their own. */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { RunState } from '../../api/documents.ts'
import type { AnthropicServerOptions } from '../anthropic-server.ts'
import { type Answer, Served, sendHttp } from '../api/adapters.ts'
import { differencesFromDescription } from '../api/description.ts'
import type { StartedCommand } from '../cli/command.ts'
import { Story } from './story.ts'
import { prompts, step1, wordFiles } from './words.ts'

/** A served workspace whose pipeline takes `count` words, eight at once, and the request. */
async function beginWords(count: number, options: AnthropicServerOptions = {}, request: object = {}) {
  const files = wordFiles(count, [{ ...step1, max_concurrency: 8 }], request)
  const story = await Story.begin(files, options)
  const served = await Served.start(story)
  return { story, served, request: files['pipelines/words.json'] as Record<string, unknown> }
}

// biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of the body.
const jsonOf = ({ text }: Answer): any => JSON.parse(text)

async function startRun(served: Served, body: unknown): Promise<string> {
  const answer = await served.send('POST', '/runs', { body })
  expect(answer).toMatchObject({
    status: 202,
    text: expect.stringMatching(/^{"run_id":"\w{26}","execution_arn":null}$/),
  })
  return jsonOf(answer).run_id
}

/** Asks how a run stands until that holds. */
async function until(served: Served, runId: string, holds: (state: RunState) => boolean): Promise<RunState> {
  for (;;) {
    const answer = await served.send('GET', `/runs/${runId}`)
    expect(differencesFromDescription({ method: 'GET', path: `/runs/${runId}` }, answer)).toEqual([])
    const state: RunState = jsonOf(answer)
    if (holds(state)) return state
    await wait(20)
  }
}

const ended = ({ status }: RunState) => status !== 'running'
const going = ({ steps }: RunState) => (steps[0]?.answered ?? 0) > 0

async function outputUntil(command: StartedCommand, holds: (out: string) => boolean): Promise<void> {
  while (!holds(command.out)) await wait(20)
}

async function endServer({ command }: Served, signal: NodeJS.Signals = 'SIGINT') {
  command.signal(signal)
  return command.ended
}

describe('the server', () => {
  test('takes its token only, and from this machine only', async () => {
    const { story, served } = await beginWords(1)
    await using _story = story
    const { url, token } = served
    const ask = (headers: Record<string, string>) =>
      sendHttp({ url, method: 'GET', path: '/pipelines', headers, text: undefined })
    const authorization = { Authorization: `Bearer ${token}` }
    expect(await ask(authorization)).toMatchObject({ status: 200 })
    expect(await ask({ Authorization: `bearer ${token}`, Host: `localhost:${new URL(url).port}` })).toMatchObject({
      status: 200,
    })
    for (const said of [undefined, `Basic ${token}`, `Bearer ${token}x`])
      expect(await ask(said === undefined ? {} : { Authorization: said })).toMatchObject({
        status: 401,
        headers: { 'www-authenticate': 'Bearer realm="itemwise"', 'content-type': 'application/problem+json' },
        text: expect.stringContaining('urn:itemwise:problem:not-signed-in'),
      })
    for (const Host of ['evil.example', '127.0.0.1.evil.example:80', 'evil.example:7411', '127.0.0.2'])
      expect(await ask({ ...authorization, Host })).toMatchObject({
        status: 403,
        text: expect.stringContaining(`The request is for the host ${Host}. Expected 127.0.0.1 or localhost`),
      })
    const preflight = { ...authorization, Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' }
    const answer = await fetch(`${url}/runs`, { method: 'OPTIONS', headers: preflight })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([405, null])
    expect(await endServer(served)).toMatchObject({
      code: 0,
      err: 'The server has stopped. Runs that it started continue.\n',
    })
  })

  test('has a token that is given, and does not print it; one that could be guessed is refused', async () => {
    await using story = await Story.begin(wordFiles(1))
    story.environment = { ITEMWISE_TOKEN: 'a-token-of-one-owner' }
    const served = await Served.start(story)
    expect(JSON.parse(served.command.out)).toEqual({ url: served.url, token: null, workspace: story.root })
    const withToken = new Served(served.command, { url: served.url, token: 'a-token-of-one-owner' })
    expect(await withToken.send('GET', '/pipelines')).toMatchObject({ status: 200 })
    const { out, err } = await endServer(served)
    expect(out + err).not.toContain('a-token-of-one-owner')

    story.environment = { ITEMWISE_TOKEN: 'short' }
    const refused = await story.run('serve')
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining('ITEMWISE_TOKEN cannot be used as a token.'),
    })
    expect(refused.err).not.toContain('short')
  })

  test('says where it is, and its token, once', async () => {
    await using story = await Story.begin(wordFiles(1))
    const command = story.start('serve', '--port', '0')
    await outputUntil(command, (out) => out.includes('Token: '))
    command.signal('SIGTERM')
    const { code, out } = await command.ended
    expect(code).toBe(0)
    expect(out).toMatch(/^The API of \S+ is at http:\/\/127\.0\.0\.1:\d+\nToken: [\w-]{43}\n$/)
  })

  test('says that its port is taken', async () => {
    const { story, served } = await beginWords(1)
    await using _story = story
    const { port } = new URL(served.url)
    expect(await story.run('serve', '--port', port)).toMatchObject({
      code: 2,
      err: `itemwise: Port ${port} is in use by another program. Name another with --port, or use --port 0 for any free port.\n`,
    })
    expect(await story.run('serve', '--port', '65536')).toMatchObject({ code: 2 })
  })

  test('reads no body that is longer than allowed, whatever length it announces', async () => {
    const { story, served } = await beginWords(1)
    await using _story = story
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })
    const sent = fetch(`${served.url}/runs`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${served.token}`, 'Content-Type': 'application/json' },
      body: endless,
      duplex: 'half',
    } as RequestInit)
    expect(await sent.then((answer) => answer.json())).toMatchObject({
      status: 413,
      detail: expect.stringContaining('The body has more than 2000000 bytes.'),
    })
  })

  test('takes requests without a length, and bodies in chunks', async () => {
    const { story, served, request } = await beginWords(1)
    await using _story = story
    const { url, token } = served
    const send = (method: string, path: string, { headers = {}, text }: Partial<Parameters<typeof sendHttp>[0]> = {}) =>
      sendHttp({ url, method, path, headers: { Authorization: `Bearer ${token}`, ...headers }, text })
    expect(await send('POST', '/runs')).toMatchObject({ status: 400, text: expect.stringContaining('not-json') })
    expect(await send('PATCH', '/pipelines/words/versions/v0')).toMatchObject({ status: 400 })
    const chunked = { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/json' }
    const started = await send('POST', '/runs', { headers: chunked, text: JSON.stringify({ request, offline: true }) })
    expect(started).toMatchObject({ status: 202 })
    const { run_id } = jsonOf(started)
    await until(served, run_id, ended)
    for (const headers of [{}, { 'Transfer-Encoding': 'chunked' }] as Record<string, string>[])
      expect(await send('POST', `/runs/${run_id}/resume`, { headers })).toMatchObject({
        status: 409,
        text: expect.stringContaining('words v0 is completed'),
      })
    const labelled = await send('PATCH', '/pipelines/words/versions/v0', {
      headers: chunked,
      text: '{"pipeline_status":"beta"}',
    })
    expect(labelled).toMatchObject({ status: 200, text: expect.stringContaining('"beta"') })
  })
})

describe('a run', () => {
  test('outlives its server, and another server tells how it stands', async () => {
    const { story, served, request } = await beginWords(30, { latencyMs: 300 })
    await using _story = story
    const id = await startRun(served, request)
    const state = await until(served, id, going)
    expect(state).toMatchObject({
      ...{ run_id: id, execution_arn: null, status: 'running', pipeline: 'words', version: 'v0', error: null },
      steps: [{ step: 1, items: 30, process: 30, carry: 0, skip: 0, failed: 0 }],
    })
    expect(state.cost_usd).toBeGreaterThan(0)
    await endServer(served, 'SIGKILL')

    const second = await Served.start(story)
    expect(await until(second, id, ended)).toMatchObject({
      ...{ status: 'completed', pipeline: 'words', version: 'v0', error: null },
      steps: [{ items: 30, process: 30, answered: 30, failed: 0 }],
    })
    expect(story.runDocument('words/v0').run_id).toBe(id)
    expect(story.names('outputs/_index')).toEqual([`${id}.json`])
    expect(story.read(`outputs/_index/${id}.json`)).not.toContain(story.server.key)
    expect((await story.run('list', '--all')).out).toContain('PIPELINE: words\nVersions: 1\nLatest: v0\n')
    expect(await story.run('doctor')).toMatchObject({ code: 0 })
  })

  test('is stopped softly however often that is said, and resumed as a run of its own', async () => {
    const { story, served, request } = await beginWords(40, { latencyMs: 300 }, { max_cost_usd: 5 })
    await using _story = story
    const id = await startRun(served, request)
    await until(served, id, going)
    const path = `/pipelines/words/versions/v0`
    expect(await served.send('PATCH', path, { body: { notes: 'x' } })).toMatchObject({ status: 409 })
    expect(await served.send('POST', `/runs/${id}/resume`)).toMatchObject({
      status: 409,
      text: expect.stringContaining('urn:itemwise:problem:version-busy'),
    })
    for (let times = 0; times < 3; times++) {
      const stopped = await served.send('POST', `/runs/${id}/abort`)
      expect(stopped).toMatchObject({ status: 202, text: `{"run_id":"${id}","status":"stopping"}` })
    }
    const aborted = await until(served, id, ended)
    expect(aborted).toMatchObject({
      ...{ status: 'aborted', pipeline: 'words', version: 'v0' },
      error: { name: 'RunInterrupted', message: 'The run was stopped.' },
    })
    // What was under way was waited for: every call that was made is kept.
    expect(aborted.steps[0]?.answered).toBe(story.sent.length)
    expect(await served.send('POST', `/runs/${id}/abort`)).toMatchObject({
      status: 409,
      text: expect.stringContaining(`The run ${id} has ended already, so there is nothing to stop.`),
    })

    const resume = { body: { max_cost_usd: 9 }, headers: { 'Idempotency-Key': randomUUID() } }
    const first = await served.send('POST', `/runs/${id}/resume`, resume)
    const resumed = jsonOf(first)
    expect(resumed.run_id).not.toBe(id)
    const half = await until(served, resumed.run_id, (state) => ended(state) || going(state))
    expect(half.cost_usd).toBeGreaterThanOrEqual(aborted.cost_usd!)
    expect(await until(served, resumed.run_id, ended)).toMatchObject({
      ...{ run_id: resumed.run_id, status: 'completed', pipeline: 'words', version: 'v0' },
      steps: [{ items: 40, process: 40, answered: 40, failed: 0 }],
    })
    expect(new Set(story.asked()).size).toBe(40)
    expect(story.sent.length).toBe(40)
    expect(await served.send('POST', `/runs/${id}/resume`, resume)).toEqual(first)
    expect(await served.send('POST', `/runs/${id}/resume`, { ...resume, body: {} })).toMatchObject({
      status: 409,
      text: expect.stringContaining('urn:itemwise:problem:key-reused'),
    })
    expect(await served.send('POST', `/runs/${id}/resume`)).toMatchObject({
      status: 409,
      text: expect.stringContaining('words v0 is completed, so there is nothing to resume.'),
    })
  })

  test('that is stopped right after its start is aborted and not killed', async () => {
    const { story, served, request } = await beginWords(20, { latencyMs: 500 })
    await using _story = story
    const id = await startRun(served, request)
    expect(await served.send('POST', `/runs/${id}/abort`)).toMatchObject({ status: 202 })
    expect(await until(served, id, ended)).toMatchObject({ status: 'aborted', error: { name: 'RunInterrupted' } })
  })

  test('that has failed and left a message batch with the API has it cancelled by abort', async () => {
    const batches = { takesMs: 3_600_000, onLook: () => 403 }
    const { story, served, request } = await beginWords(30, { batches }, { delivery: 'batch' })
    await using _story = story
    const id = await startRun(served, request)
    expect(await until(served, id, ended)).toMatchObject({ status: 'failed', version: 'v0' })
    const { all, behaviour } = story.server.batches
    expect(all.map(({ cancelled }) => cancelled)).toEqual([null])
    behaviour.onLook = () => undefined
    expect(await served.send('POST', `/runs/${id}/abort`)).toMatchObject({
      ...{ status: 202, text: `{"run_id":"${id}","status":"stopping"}` },
    })
    expect(all.map(({ cancelled }) => cancelled !== null)).toEqual([true])
    behaviour.takesMs = 0
    const { run_id } = jsonOf(await served.send('POST', `/runs/${id}/resume`))
    expect(await until(served, run_id, ended)).toMatchObject({ status: 'completed', steps: [{ answered: 30 }] })
  })

  test('whose process was killed has failed, and can be resumed; its cost is not known until then', async () => {
    const { story, served, request } = await beginWords(40, { latencyMs: 300 })
    await using _story = story
    const id = await startRun(served, request)
    await until(served, id, going)
    process.kill(story.json<{ process: { pid: number } }>(`outputs/_index/${id}.json`).process.pid, 'SIGKILL')
    expect(await until(served, id, ended)).toMatchObject({
      ...{ status: 'failed', pipeline: 'words', version: 'v0' },
      error: { name: 'RunFailed', message: expect.stringMatching(/^The process of the run is gone: it was killed/) },
    })
    expect(await served.send('POST', `/runs/${id}/abort`)).toMatchObject({ status: 409 })
    const resumed = jsonOf(await served.send('POST', `/runs/${id}/resume`))
    expect((await until(served, resumed.run_id, ({ steps }) => steps.length > 0)).cost_usd).toBeNull()
    const completed = await until(served, resumed.run_id, ended)
    expect(completed).toMatchObject({ status: 'completed', steps: [{ answered: 40 }] })
    expect(completed.cost_usd).toBeGreaterThan(0)
    // Another run completed its version.
    expect(await until(served, id, ended)).toMatchObject({ status: 'failed', version: 'v0' })
  })

  test('that was killed between its version and its word of it is found by run.json', async () => {
    const { story, served, request } = await beginWords(2)
    await using _story = story
    const id = await startRun(served, { request, offline: true })
    await until(served, id, ended)
    const entry = story.json<Record<string, unknown>>(`outputs/_index/${id}.json`)
    story.write(`outputs/_index/${id}.json`, { ...entry, version: null, ended: null })
    expect(await until(served, id, ended)).toMatchObject({ status: 'completed', pipeline: 'words', version: 'v0' })
    story.write(`outputs/_index/${id}.json`, { ...entry, version: null, ended: null, pipeline: 'other' })
    expect(await until(served, id, ended)).toMatchObject({ status: 'refused', pipeline: null, version: null })
  })

  test('that is refused, or has nothing to do, says so', async () => {
    const { story, served, request } = await beginWords(1)
    await using _story = story
    const wrong = { ...request, steps: [{ ...step1, input_file: 'inputs/wrods.json' }] }
    expect(await until(served, await startRun(served, wrong), ended)).toMatchObject({
      ...{ status: 'refused', pipeline: null, version: null, steps: [], cost_usd: 0 },
      error: { name: 'RequestRefused', message: expect.stringContaining('Did you mean words.json?') },
    })
    await until(served, await startRun(served, { request, offline: true }), ended)
    const nothing = await startRun(served, { rerun: { pipeline: 'words', failed: true }, offline: true })
    expect(await until(served, nothing, ended)).toMatchObject({ status: 'nothing_to_do', error: null })
    expect(await served.send('POST', `/runs/${nothing}/resume`)).toMatchObject({
      status: 409,
      text: expect.stringContaining(`The run ${nothing} has begun no version, so there is nothing to resume.`),
    })
    expect(story.sent).toEqual([])
  })

  test('without a key is refused before anything is begun', async () => {
    await using story = await Story.begin(wordFiles(1))
    story.environment = { ANTHROPIC_API_KEY: '' }
    const served = await Served.start(story)
    const id = await startRun(served, story.json('pipelines/words.json'))
    expect(await until(served, id, ended)).toMatchObject({
      status: 'refused',
      error: {
        message: expect.stringContaining(
          'There is no API key, so nothing was started. Set ANTHROPIC_API_KEY to ask Claude, or send "offline": true beside the request to try it',
        ),
      },
    })
    expect(story.names('outputs')).toEqual(['_index'])
  })

  test('that is a try-out is a one-off under its own id; a rerun takes the items that are named', async () => {
    const { story, served, request } = await beginWords(3)
    await using _story = story
    const tryOut = await startRun(served, { request, first: 1 })
    expect(await until(served, tryOut, ended)).toMatchObject({
      status: 'completed',
      pipeline: '_runs',
      version: tryOut,
    })
    expect(jsonOf(await served.send('GET', `/pipelines/_runs/versions/${tryOut}`))).toMatchObject({
      ...{ status: 'completed', alive: false, folder: `outputs/_runs/${tryOut}` },
    })
    await until(served, await startRun(served, request), ended)
    expect(story.asked()).toEqual([...prompts('Define', 1), ...prompts('Define', 1, 2, 3)].sort())
    const rerun = await startRun(served, { rerun: { pipeline: 'words', ids: [12], notes: 'Again' } })
    expect(await until(served, rerun, ended)).toMatchObject({ status: 'completed', pipeline: 'words', version: 'v1' })
    expect(story.asked()).toEqual(prompts('Define', 2))
    expect(story.metadata('words/v1')).toMatchObject({ mode: 'rerun', base_version: 'v0', notes: 'Again' })
  })

  test('is started once by an Idempotency-Key, whatever the order of its fields; another body is refused', async () => {
    const { story, served, request } = await beginWords(2)
    await using _story = story
    const headers = { 'Idempotency-Key': randomUUID() }
    const both = await Promise.all([1, 2].map(() => served.send('POST', '/runs', { body: request, headers })))
    expect(both[1]).toEqual(both[0])
    const { run_id } = jsonOf(both[0]!)
    await until(served, run_id, ended)
    const reordered = Object.fromEntries(Object.entries(request).reverse())
    expect(await served.send('POST', '/runs', { body: reordered, headers })).toEqual(both[0])
    expect(await served.send('POST', '/runs', { body: { ...request, notes: 'other' }, headers })).toMatchObject({
      status: 409,
      text: expect.stringContaining(`The Idempotency-Key was used for another request before (run ${run_id})`),
    })
    expect(story.names('outputs/words')).toEqual(['latest', 'v0'])
    expect(story.sent.length).toBe(2)
  })

  test('is not started by hand under an id', async () => {
    await using story = await Story.begin(wordFiles(1))
    expect(await story.start('run', '--run-id', '01M8FC78RW749402HK9HA135PA').ended).toMatchObject({
      code: 2,
      err: 'itemwise: --run-id is how `itemwise serve` starts its runs. Name a request file instead.\n',
    })
  })
})
