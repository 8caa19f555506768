/** What goes wrong on AWS, and that nothing is lost and nothing kept is paid for again, counted at the model's server. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { describe, expect, test } from 'vitest'
import type { FailureKind } from '../../core/errors.ts'
import { publish } from '../../core/stages/publish.ts'
import type { VersionRef } from '../../core/store.ts'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { numbers, wordFiles } from '../stories/words.ts'
import { Cloud, freshName, stack } from './cloud.ts'
import { signalLambdas, within } from './running-lambda-processes.ts'

/** How often each word was asked for. */
function timesAsked(cloud: Cloud): Map<string, number> {
  const times = new Map<string, number>()
  for (const prompt of cloud.asked()) times.set(prompt, (times.get(prompt) ?? 0) + 1)
  return times
}

async function beginWords(
  count: number,
  { request = {}, latencyMs = 0 }: { request?: object; latencyMs?: number } = {},
) {
  const pipeline = freshName('words')
  const files = wordFiles(count, undefined, { pipeline_name: pipeline, ...request })
  const cloud = await Cloud.begin(files, { latencyMs })
  const v0: VersionRef = { pipeline, version: 'v0' }
  return { cloud, pipeline, v0, request: files['pipelines/words.json'] as { steps: object[] } }
}

/** Every item is answered once in the array, the ledger and the record. */
async function expectWhole(cloud: Cloud, ref: VersionRef, count: number): Promise<void> {
  const ids = numbers(count).map((number) => String(number + 10))
  const ledger = await cloud.ledger(ref, 1)
  expect(ledger.map(({ item_id, state }) => [item_id, state])).toEqual(ids.map((id) => [id, 'answered']))
  const answers = await cloud.collated(ref, '01_define.json')
  expect(answers.map(({ source_id }) => String(source_id))).toEqual(ids)
  const { status, stats } = await cloud.metadata(ref)
  expect([status, stats.items, stats.failed]).toEqual(['completed', count, 0])
}

/** What the server billed is what the version says that it spent. */
async function expectBilled(cloud: Cloud, ref: VersionRef): Promise<void> {
  const billed = cloud.sent.reduce((sum, { usage }) => sum + (usage?.output_tokens ?? 0), 0)
  expect((await cloud.metadata(ref)).stats.output_tokens).toBe(billed)
}

describe('a Lambda that ends in the middle of its chunk', () => {
  test('by kill -9 is called again, and pays only for what was under way or not acknowledged yet', async () => {
    const { cloud, v0, request } = await beginWords(50, { latencyMs: 300 })
    await using _cloud = cloud
    const execution = await cloud.start(request)
    await within('ten answers', () => cloud.sent.length >= 12)
    expect(signalLambdas('process', 'SIGKILL')).toBeGreaterThan(0)
    const atOnce = cloud.server.mostAtOnce
    expect((await cloud.ended(execution)).status).toBe('SUCCEEDED')
    await expectWhole(cloud, v0, 50)
    const twice = [...timesAsked(cloud).values()].filter((times) => times > 1)
    expect(twice.length).toBeLessThanOrEqual(2 * atOnce)
    expect(twice.every((times) => times === 2)).toBe(true)
  })

  test('by kill -9 loses no packed answer that was acknowledged, and at most as many others as are under way', async () => {
    const keep = { prompts: 'packed', items: 'packed' }
    const { cloud, v0, request } = await beginWords(50, { latencyMs: 300, request: { keep } })
    await using _cloud = cloud
    const execution = await cloud.start(request)
    await within('twenty answers', () => cloud.sent.length >= 36)
    const atOnce = cloud.server.mostAtOnce
    expect(signalLambdas('process', 'SIGKILL')).toBeGreaterThan(0)
    expect((await cloud.ended(execution)).status).toBe('SUCCEEDED')
    await expectWhole(cloud, v0, 50)
    const twice = [...timesAsked(cloud).values()].filter((times) => times > 1)
    expect(twice.length).toBeLessThanOrEqual(2 * atOnce)
    expect(twice.every((times) => times === 2)).toBe(true)
    const tree = await cloud.tree(`outputs/${v0.pipeline}/v0`)
    for (const kind of ['items', 'prompts']) {
      const packs = [...tree].filter(([path]) => path.includes(`/${kind}/`))
      expect(packs.map(([path]) => path)).toEqual([`outputs/${v0.pipeline}/v0/${kind}/01_0000001-0001000.jsonl.zst`])
      expect(packs[0]?.[1].trim().split('\n')).toHaveLength(50)
    }
  })

  test('by its time-out is called again for the rest', async () => {
    const { cloud, v0, request } = await beginWords(20, { latencyMs: 400 })
    await using _cloud = cloud
    const execution = await cloud.start(request)
    await within('four answers', () => cloud.sent.length >= 6)
    // A process that stands still hears no clock: only the platform can end it.
    expect(signalLambdas('process', 'SIGSTOP')).toBeGreaterThan(0)
    expect((await cloud.ended(execution)).status).toBe('SUCCEEDED')
    await expectWhole(cloud, v0, 20)
    expect([...timesAsked(cloud).values()].every((times) => times <= 2)).toBe(true)
  })

  test('hands back what it has no time for, before its time is over', async () => {
    const { cloud, v0, request } = await beginWords(9, { latencyMs: 12_000 })
    await using _cloud = cloud
    request.steps = request.steps.map((step) => ({ ...step, max_concurrency: 3 }))
    const execution = await cloud.start(request)
    expect((await cloud.ended(execution, 200)).status).toBe('SUCCEEDED')
    await expectWhole(cloud, v0, 9)
    // Three rounds of 12 s are more than a Lambda of 30 s has time for: whoever was killed in one would have been asked again.
    expect(cloud.sent).toHaveLength(9)
    await expectBilled(cloud, v0)
  })
})

test('with three answers of ten going wrong every item is answered or stands in the errors', async () => {
  const { cloud, v0, request } = await beginWords(120)
  await using _cloud = cloud
  const faults = [{ status: 500 }, { status: 529 }, { drop: 'middle' as const }]
  // Of one item three at most: the Lambdas of these tests have 30 s, in which it can be asked for five times.
  const wrong = new Map<string, number>()
  cloud.answer = ({ prompt, nth }) => {
    if (prompt === 'Define w100.') return { truncated: true }
    const before = wrong.get(prompt) ?? 0
    if (nth % 10 >= 3 || before === 3) return undefined
    wrong.set(prompt, before + 1)
    return faults[nth % 3]
  }
  await cloud.run(request)
  const errors = await cloud.errors(v0, 1)
  expect(errors.map(({ item_id, kind }) => [item_id, kind])).toEqual([['110', 'max_tokens' satisfies FailureKind]])
  const { stats } = await cloud.metadata(v0)
  expect([stats.items, stats.processed, stats.failed]).toEqual([120, 120, 1])
  expect(await cloud.collated(v0, '01_define.json')).toHaveLength(119)
})

test('an item of which nothing ever comes fails within the time of a Lambda, and is not handed back for ever', async () => {
  const { cloud, v0, request } = await beginWords(5)
  await using _cloud = cloud
  cloud.answer = ({ prompt }) => (prompt === 'Define w2.' ? { stall: true } : undefined)
  await cloud.run(request)
  expect(await cloud.errors(v0, 1)).toMatchObject([{ item_id: '12', kind: 'timeout' }])
  expect(await cloud.collated(v0, '01_define.json')).toHaveLength(4)
})

test('a poison item fails alone: its chunk and the run go on', async () => {
  const { cloud, v0, request } = await beginWords(30)
  await using _cloud = cloud
  cloud.answer = ({ prompt }) =>
    prompt === 'Define w7.' ? { status: 400, message: 'This item is poison.' } : undefined
  await cloud.run(request)
  expect(await cloud.errors(v0, 1)).toMatchObject([{ item_id: '17', item_index: 7, kind: 'request_refused' }])
  expect(await cloud.collated(v0, '01_define.json')).toHaveLength(29)
  expect(timesAsked(cloud).get('Define w7.')).toBe(1)
})

test('an execution that is stopped leaves an aborted version, and resume asks only for the rest', async () => {
  const { cloud, pipeline, v0, request } = await beginWords(120, { latencyMs: 3000 })
  await using _cloud = cloud
  const execution = await cloud.start(request)
  await within('20 answers', () => cloud.sent.length >= 24)
  await cloud.stop(execution)
  await cloud.ended(execution)
  for (let tries = 0; (await cloud.metadata(v0)).status === 'running' && tries < 160; tries++)
    await new Promise((done) => setTimeout(done, 250))
  expect(['aborted', 'failed']).toContain((await cloud.metadata(v0)).status)
  const { stats } = await cloud.metadata(v0)
  expect(stats.processed).toBeGreaterThan(0)
  const before = timesAsked(cloud)
  expect(before.size).toBeLessThan(120)

  await cloud.run({ resume: { pipeline } })
  await expectWhole(cloud, v0, 120)
  const again = [...timesAsked(cloud).keys()].filter((prompt) => before.has(prompt))
  // A stop lets answers come and keeps them; LocalStack's may end a Lambda before.
  expect(again.length).toBeLessThanOrEqual(2 * 16)
})

test('publish, killed between its two writes and called again, completes the version and moves latest', async () => {
  const { cloud, pipeline, v0, request } = await beginWords(3)
  await using _cloud = cloud
  await cloud.run(request)
  // As it was before publish: running, and latest points nowhere.
  await cloud.store.updateVersion(v0, { status: 'running' })
  const key = { pipeline, record: 'latest' }
  const UpdateExpression = 'REMOVE latest_version, latest_number'
  await cloud.db.send(new UpdateCommand({ TableName: stack.TableName, Key: key, UpdateExpression }))
  const killed = new CloudStore({ bucket: stack.BucketName, table: stack.TableName })
  killed.moveLatest = () => Promise.reject(new Error('killed'))
  const session = { workedMs: () => 0, now: Date.now }
  await expect(publish(killed, v0, session)).rejects.toThrow('killed')
  expect([(await cloud.metadata(v0)).status, await cloud.store.latest(pipeline)]).toEqual(['completed', undefined])
  await publish(cloud.store, v0, session)
  await publish(cloud.store, v0, session)
  expect(await cloud.store.latest(pipeline)).toBe('v0')
})

test('two executions of one pipeline at once make two whole versions, and latest is the higher', async () => {
  const { cloud, pipeline, v0, request } = await beginWords(20, { latencyMs: 50 })
  await using _cloud = cloud
  const executions = await Promise.all([cloud.start(request), cloud.start(request)])
  const ends = await Promise.all(executions.map((execution) => cloud.ended(execution)))
  expect(ends.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
  await expectWhole(cloud, v0, 20)
  await expectWhole(cloud, { pipeline, version: 'v1' }, 20)
  expect(await cloud.store.latest(pipeline)).toBe('v1')
})

test('batch_stop_on_error ends a Lambda with the calls under way', async () => {
  const { cloud, v0, request } = await beginWords(400, { latencyMs: 100 })
  await using _cloud = cloud
  request.steps = request.steps.map((step) => ({ ...step, batch_stop_on_error: true, max_concurrency: 16 }))
  cloud.answer = ({ prompt }) => (prompt === 'Define w3.' ? { status: 400, message: 'No.' } : undefined)
  const execution = await cloud.ended(await cloud.start(request))
  expect(execution.status).toBe('FAILED')
  const { status, logs } = await cloud.metadata(v0)
  expect(status).toBe('failed')
  expect(logs.at(-1)?.message).toContain('Item 13 failed in step 1 (define), and batch_stop_on_error is set')
  // All go through one Lambda, 16 at a time.
  expect(cloud.sent.length).toBeLessThanOrEqual(48)
})

test('max_cost_usd is never passed by all Lambdas together, and a higher limit goes on', async () => {
  const { cloud, pipeline, v0, request } = await beginWords(200)
  await using _cloud = cloud
  // A call costs at most 4096 tokens of output and about 1,000 of input, $0.0022, and really about $0.00001.
  const execution = await cloud.ended(await cloud.start({ ...request, max_cost_usd: 0.003 }))
  expect([execution.status, execution.error]).toEqual(['FAILED', 'BudgetReached'])
  const { status, stats, logs } = await cloud.metadata(v0)
  expect(status).toBe('failed')
  expect(stats.cost_usd).toBeLessThanOrEqual(0.003)
  expect(logs.at(-1)?.message).toContain('The limit of $0.003 (max_cost_usd) is reached')
  const before = timesAsked(cloud)
  await cloud.run({ resume: { pipeline, max_cost_usd: 1 } })
  await expectWhole(cloud, v0, 200)
  expect([...timesAsked(cloud).keys()].filter((prompt) => before.has(prompt))).toEqual([])
})

test('a request that is wrong is refused before anything is asked, with every problem', async () => {
  const { cloud, request } = await beginWords(3)
  await using _cloud = cloud
  await cloud.put('prompts/define.md', 'Define {wrod}.')
  const execution = await cloud.ended(await cloud.start(request))
  expect([execution.status, execution.error]).toEqual(['FAILED', 'RequestRefused'])
  expect(execution.cause).toContain('{wrod}')
  expect(cloud.sent).toEqual([])
})

test('a rerun with nothing to do succeeds and makes no version', async () => {
  const { cloud, pipeline, request } = await beginWords(3)
  await using _cloud = cloud
  await cloud.run(request)
  await cloud.run({ rerun: { pipeline, failed: true } })
  expect(await cloud.store.versions(pipeline)).toEqual(['v0'])
})
