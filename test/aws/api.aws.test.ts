/** The routes of the API against the deployed stack, over HTTP. */
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { step1, wordFiles } from '../stories/words.ts'
import { type ApiAnswer, Cloud, freshName } from './cloud.ts'

/** A workspace whose pipeline takes `count` words, and the request. */
async function beginWords(count: number, options: { latencyMs?: number; name?: string } = {}) {
  const { name = freshName('words') } = options
  const files = wordFiles(count, [step1], { pipeline_name: name })
  const cloud = await Cloud.begin(files, options)
  return { cloud, name, request: files['pipelines/words.json'] as Record<string, unknown> }
}

/** Asks how a run stands until that holds. */
async function until(cloud: Cloud, runId: string, holds: (answer: ApiAnswer) => boolean): Promise<ApiAnswer> {
  for (let tries = 0; tries < 240; tries++) {
    const answer = await cloud.api('GET', `/runs/${runId}`)
    if (holds(answer)) return answer
    await new Promise((done) => setTimeout(done, 250))
  }
  throw new Error(`${runId} did not come that far.`)
}

const ended = ({ body }: ApiAnswer) => body.status !== 'running'

test('the same Idempotency-Key starts nothing twice, while the run goes on and when it has ended; another body is refused', async () => {
  const { cloud, name, request } = await beginWords(2)
  await using _cloud = cloud
  const key = { 'Idempotency-Key': randomUUID() }
  const [first, second] = await Promise.all([
    cloud.api('POST', '/runs', request, key),
    cloud.api('POST', '/runs', request, key),
  ])
  expect([first.status, second.status, second.body]).toEqual([202, 202, first.body])
  await until(cloud, first.body.run_id, ended)
  const reordered = JSON.stringify(Object.fromEntries(Object.entries(request).reverse()), null, 2)
  expect(await cloud.api('POST', '/runs', reordered, key)).toMatchObject({ status: 202, body: first.body })
  expect(await cloud.store.versions(name)).toEqual(['v0'])
  expect(await cloud.api('POST', '/runs', { ...request, notes: 'other' }, key)).toMatchObject({
    status: 409,
    body: { type: 'urn:itemwise:problem:key-reused', detail: expect.stringContaining(first.body.run_id) },
  })
})

test('a run shows its counts and its cost, is stopped, resumed, and completed', async () => {
  const { cloud, name, request } = await beginWords(60, { latencyMs: 3000 })
  await using _cloud = cloud
  const { body } = await cloud.api('POST', '/runs', request)
  const going = await until(cloud, body.run_id, ({ body }) => (body.steps[0]?.answered ?? 0) > 0)
  expect(going.body).toMatchObject({
    ...{ run_id: body.run_id, execution_arn: body.execution_arn, status: 'running', pipeline: name, version: 'v0' },
    steps: [{ step: 1, items: 60, process: 60, carry: 0, skip: 0, failed: 0 }],
    error: null,
  })
  expect(going.body.cost_usd).toBeGreaterThan(0)
  expect(await cloud.api('PATCH', `/pipelines/${name}/versions/v0`, { notes: 'x' })).toMatchObject({ status: 409 })
  expect(await cloud.api('POST', `/runs/${body.run_id}/resume`)).toMatchObject({
    status: 409,
    body: { type: 'urn:itemwise:problem:version-busy' },
  })

  const stopped = await cloud.api('POST', `/runs/${body.run_id}/abort`)
  expect(stopped).toMatchObject({ status: 202, body: { run_id: body.run_id, status: 'stopping' } })
  const aborted = await until(cloud, body.run_id, ended)
  expect(aborted.body.status).toMatch(/aborted|failed/)
  expect(await cloud.api('POST', `/runs/${body.run_id}/abort`)).toMatchObject({ status: 409 })
  while ((await cloud.metadata({ pipeline: name, version: 'v0' })).status !== 'aborted')
    await new Promise((done) => setTimeout(done, 250))

  const key = { 'Idempotency-Key': randomUUID() }
  const resumed = await cloud.api('POST', `/runs/${body.run_id}/resume`, undefined, key)
  expect(resumed.status).toBe(202)
  expect(await cloud.api('POST', `/runs/${body.run_id}/resume`, undefined, key)).toMatchObject({
    ...{ status: 202, body: resumed.body },
  })
  expect(resumed.body.run_id).not.toBe(body.run_id)
  const completed = await until(cloud, resumed.body.run_id, ended)
  expect(completed.body).toMatchObject({
    ...{ status: 'completed', pipeline: name, version: 'v0', error: null },
    steps: [{ items: 60, process: 60, answered: 60, failed: 0 }],
  })
  expect(new Set(cloud.asked()).size).toBe(60)
  expect(await cloud.api('POST', `/runs/${body.run_id}/resume`)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining(`${name} v0 is completed, so there is nothing to resume.`) },
  })
})

test('a run that is refused, or has nothing to do, says so', async () => {
  const { cloud, name, request } = await beginWords(1)
  await using _cloud = cloud
  const wrong = { ...request, steps: [{ ...step1, input_file: 'inputs/wrods.json' }] }
  const refused = await cloud.api('POST', '/runs', wrong)
  expect((await until(cloud, refused.body.run_id, ended)).body).toMatchObject({
    ...{ status: 'refused', pipeline: null, version: null, steps: [], cost_usd: 0 },
    error: { name: 'RequestRefused', message: expect.stringContaining('Did you mean words.json?') },
  })
  const run = await cloud.api('POST', '/runs', { request, offline: true })
  await until(cloud, run.body.run_id, ended)
  const nothing = await cloud.api('POST', '/runs', { rerun: { pipeline: name, failed: true }, offline: true })
  expect((await until(cloud, nothing.body.run_id, ended)).body).toMatchObject({ status: 'nothing_to_do', error: null })
  expect(cloud.sent).toEqual([])
})

test('pipelines and versions come in pages; names are percent-encoded; what is not there is named with what is near', async () => {
  const { cloud, name, request } = await beginWords(1, { name: freshName('Übung 100% & mehr') })
  await using _cloud = cloud
  const path = `/pipelines/${encodeURIComponent(name)}`
  for (const notes of ['one', 'two', 'three']) await cloud.run({ request: { ...request, notes }, offline: true })

  const first = await cloud.api('GET', `${path}/versions?limit=2`)
  expect(first).toMatchObject({
    status: 200,
    body: {
      pipeline: name,
      latest: 'v2',
      versions: [{ version: 'v2', notes: 'three', alive: false }, { version: 'v1' }],
    },
  })
  expect(first.body.versions[0]).not.toHaveProperty('logs')
  const second = await cloud.api('GET', `${path}/versions?limit=2&next=${first.body.next}`)
  expect(second.body).toMatchObject({ versions: [{ version: 'v0' }], next: null })

  const pipelines: string[] = []
  let next: string | null = ''
  while (next !== null) {
    const page: ApiAnswer = await cloud.api('GET', `/pipelines?limit=1${next === '' ? '' : `&next=${next}`}`)
    expect(page.body.pipelines.length).toBeLessThanOrEqual(1)
    pipelines.push(...page.body.pipelines.map(({ pipeline }: { pipeline: string }) => pipeline))
    next = page.body.next
  }
  expect(pipelines).toEqual(await cloud.store.pipelines())

  expect(await cloud.api('GET', `${path}/versions/latest`)).toMatchObject({
    status: 200,
    body: { version: 'v2', folder: `outputs/${name}/v2`, logs: [] },
  })
  expect(await cloud.api('PATCH', `${path}/versions/v1`, { pipeline_status: 'final', notes: null })).toMatchObject({
    status: 200,
    body: { version: 'v1', pipeline_status: 'final', notes: null },
  })
  expect((await cloud.api('GET', `${path}/versions/%40final`)).body).toMatchObject({ version: 'v1' })
  expect(await cloud.api('GET', `${path}/versions/v7`)).toMatchObject({
    status: 404,
    body: { detail: `${name} has no version v7. Versions: v0, v1, v2.` },
  })
  expect(await cloud.api('GET', `/pipelines/${encodeURIComponent(name.slice(0, -1))}/versions`)).toMatchObject({
    status: 404,
    body: { detail: `There is no pipeline ${name.slice(0, -1)}. Did you mean ${name}?` },
  })
})

test('a one-off is found by its run, and an unknown run is not', async () => {
  const { cloud, request } = await beginWords(5)
  await using _cloud = cloud
  const { body } = await cloud.api('POST', '/runs', { request, first: 2, offline: true })
  expect((await until(cloud, body.run_id, ended)).body).toMatchObject({
    ...{ status: 'completed', pipeline: '_runs', version: body.run_id },
    steps: [{ items: 5, process: 2, skip: 3, answered: 2 }],
  })
  expect((await cloud.api('GET', `/pipelines/_runs/versions/${body.run_id}`)).status).toBe(200)
  expect(await cloud.api('GET', '/runs/nobody')).toMatchObject({
    status: 404,
    body: { title: 'Not found' },
  })
})

test('the root and what is not there are refused by us, and not by API Gateway', async () => {
  const { cloud } = await beginWords(1)
  await using _cloud = cloud
  for (const path of ['/', '/nowhere', '/runs/a/b/c'])
    expect(await cloud.api('GET', path)).toMatchObject({
      status: 404,
      body: { type: 'urn:itemwise:problem:no-such-route', detail: expect.stringContaining('Routes: /runs, ') },
    })
})

test('runs come in pages, newest first, of one pipeline or status if that is asked for', async () => {
  const { cloud, name, request } = await beginWords(1)
  await using _cloud = cloud
  const start = async (body: object) => {
    const { run_id } = (await cloud.api('POST', '/runs', body)).body
    await until(cloud, run_id, ended)
    return run_id
  }
  const completed = await start({ request, offline: true })
  const refused = await start({ request: { ...request, steps: [{ prompt_name: 'none' }] }, offline: true })
  const nothing = await start({ rerun: { pipeline: name, failed: true }, offline: true })
  const { runs, next } = (await cloud.api('GET', '/runs?limit=2')).body
  expect(runs.map(({ run_id, status }: { run_id: string; status: string }) => [run_id, status])).toEqual([
    [nothing, 'nothing_to_do'],
    [refused, 'refused'],
  ])
  const second = (await cloud.api('GET', `/runs?limit=2&next=${next}`)).body
  expect(second.runs[0]).toEqual({
    ...{ run_id: completed, execution_arn: expect.stringContaining(completed), status: 'completed' },
    ...{ pipeline: name, version: 'v0', started: expect.stringMatching(/Z$/) },
  })
  const listed = async (query: string) =>
    (await cloud.api('GET', `/runs?${query}`)).body.runs.map(({ run_id }: { run_id: string }) => run_id)
  expect(await listed(`pipeline=${name}`)).toEqual([completed])
  expect((await listed('status=refused'))[0]).toBe(refused)
  expect((await listed('status=completed'))[0]).toBe(completed)
})

test('items come in pages and one by one, and the collated file by an address of the bucket', async () => {
  const { cloud, name, request } = await beginWords(5)
  await using _cloud = cloud
  await cloud.run({ request, offline: true })
  const path = `/pipelines/${name}/versions/latest`
  const first = (await cloud.api('GET', `${path}/items?limit=3`)).body
  const second = (await cloud.api('GET', `${path}/items?limit=3&next=${first.next}`)).body
  const lines = await cloud.ledger({ pipeline: name, version: 'v0' }, 1)
  const withoutCheck = lines.map((line) => ({ ...line, line_check: undefined }))
  expect([...first.items, ...second.items]).toEqual(withoutCheck)
  expect(second.next).toBeNull()
  expect((await cloud.api('GET', `${path}/items?state=failed`)).body.items).toEqual([])
  expect((await cloud.api('GET', `${path}/items/12`)).body.steps).toEqual([
    expect.objectContaining({ prompt: 'Define w2.', answer: expect.stringContaining('"source_id": 12') }),
  ])
  const redirected = await cloud.apiOnce('GET', `${path}/steps/1/collated`)
  const { url } = (await redirected.json()) as { url: string }
  expect([redirected.status, redirected.headers.get('location')]).toEqual([302, url])
  expect(url).toContain('X-Amz-Signature')
  expect(await (await fetch(url)).text()).toBe(await cloud.text(`outputs/${name}/v0/collated/01_define.json`))
})

test('items come as rows, are reviewed, compared and estimated; what cannot go on through API Gateway says what to ask instead', async () => {
  const { cloud, name, request } = await beginWords(5)
  await using _cloud = cloud
  await cloud.run({ request, offline: true })
  const path = `/pipelines/${name}/versions/latest/steps/1`
  const shown = (await cloud.api('GET', `${path}/rows?sort=-id&limit=2`)).body
  expect(shown).toMatchObject({ total: 5, rows: [{ root_id: '15', review: 'unreviewed' }, { root_id: '14' }] })
  const items = shown.rows.map(({ root_id, answer_sha256, at }: Record<string, string>) => ({
    ...{ root_id, answer_sha256, seen_at: at },
  }))
  const by = 'maria'
  expect(await cloud.api('POST', `${path}/reviews`, { act: 'approve', by, items })).toMatchObject({
    ...{ status: 200, body: { count: 2 } },
  })
  expect(await cloud.api('POST', `${path}/reviews`, { act: 'flag', by, items })).toMatchObject({
    ...{ status: 409, body: { type: 'urn:itemwise:problem:answer-changed', there: [{ review: 'approved' }, {}] } },
  })
  // More than a record of the table has room for.
  const [eleven] = (await cloud.api('GET', `${path}/rows?limit=1`)).body.rows
  const long = { root_id: '11', answer_sha256: eleven.answer_sha256, answer: { text: 'x'.repeat(400_000) } }
  expect((await cloud.api('POST', `${path}/reviews`, { act: 'edit', by, items: [long] })).status).toBe(200)
  const filter = { review: 'unreviewed' }
  expect((await cloud.api('POST', `${path}/reviews`, { act: 'flag', by, filter, total: 2 })).body).toMatchObject({
    count: 2,
  })
  const { body } = await cloud.api('GET', `${path}/facets`)
  expect(body.review).toMatchObject({ approved: 2, flagged: 2, edited: 1, unreviewed: 0 })
  expect((await cloud.api('GET', `/pipelines/${name}/versions/latest/items/15`)).body.steps).toMatchObject([
    {
      standing: { review: 'approved', by },
      prompt_parts: [{ text: 'Define ', from: null }, { text: 'w5', from: 'word' }, {}],
    },
  ])

  const rerun = { rerun: { pipeline: name, flagged: true }, offline: true }
  expect((await cloud.api('POST', '/estimates', rerun)).body).toMatchObject({ base: 'v0', requests: 2 })
  expect(await cloud.store.versions(name)).toEqual(['v0'])
  const { run_id } = (await cloud.api('POST', '/runs', rerun)).body
  expect((await until(cloud, run_id, ended)).body).toMatchObject({ status: 'completed', version: 'v1' })
  expect((await cloud.api('GET', `${path}/comparison`)).body).toMatchObject({ against: 'v0', version: 'v1' })
  expect((await cloud.api('GET', `/pipelines/${name}/versions/v1/items/15/story`)).body.versions).toMatchObject([
    { version: 'v1', same_as_before: true, standing: { review: 'approved' } },
    { version: 'v0' },
  ])
  expect(await cloud.api('GET', `/runs/${run_id}/events`)).toMatchObject({
    ...{ status: 501, body: { detail: expect.stringContaining(`Ask GET /runs/${run_id}`) } },
  })
})
