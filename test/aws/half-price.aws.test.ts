/** Half price on AWS: the state machine waits for message batches, whatever happens to a Lambda meanwhile. */
import { expect, test } from 'vitest'
import type { Spending } from '../../core/documents.ts'
import { nothingSpent, plus, spendingOf } from '../../core/money/spending.ts'
import type { VersionRef } from '../../core/store.ts'
import { batchRecords } from '../../core/versions/message-batches.ts'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { rawReply, spentReply } from '../stores/samples.ts'
import { billed, billedInBatches, sum } from '../stories/billed.ts'
import { until } from '../stories/story.ts'
import { numbers, prompts, step1, step2, wordFiles } from '../stories/words.ts'
import { Cloud, freshName, stack } from './cloud.ts'
import { comparable } from './comparable.ts'
import { signalLambdas } from './running-lambda-processes.ts'

/** What the server billed, live calls in full and those of batches at half the price. */
function bill(cloud: Cloud): Spending {
  const live = cloud.sent.filter(({ usage, path }) => usage !== undefined && path === '/v1/messages').map(billed)
  return [...live, ...billedInBatches(cloud.server.batches.billed)].reduce(plus, nothingSpent)
}

/** Prompts that were answered; one that was answered twice is there twice. */
function answered(cloud: Cloud): string[] {
  const live = cloud.sent.filter(({ usage }) => usage !== undefined).map(({ body }) => body)
  return [...live, ...cloud.server.batches.billed.map(({ params }) => params)]
    .map(({ messages }) => JSON.stringify(messages[0]?.content).match(/Define w\d+/)?.[0] ?? '')
    .sort()
}

/** Every item is answered once, and the books are the bill, to the token and to the cent. */
async function expectTrueBooks(cloud: Cloud, ref: VersionRef, count: number): Promise<void> {
  expect(answered(cloud)).toEqual(prompts('Define', ...numbers(count)).sort())
  const ledger = await cloud.ledger(ref, 1)
  expect(ledger.filter(({ state }) => state === 'answered')).toHaveLength(count)
  const { status, stats } = await cloud.metadata(ref)
  expect([status, stats.items, stats.failed]).toEqual(['completed', count, 0])
  const unsaved = ({ batch_saved_usd: _, ...rest }: Spending) => rest
  expect(unsaved(sum(ledger))).toEqual(bill(cloud))
  expect(unsaved(spendingOf(stats))).toEqual(bill(cloud))
}

async function begin(count: number, request: object = {}): Promise<{ cloud: Cloud; v0: VersionRef; request: unknown }> {
  const pipeline = freshName('half')
  const files = wordFiles(count, undefined, { pipeline_name: pipeline, delivery: 'batch', ...request })
  const cloud = await Cloud.begin(files)
  return { cloud, v0: { pipeline, version: 'v0' }, request: files['pipelines/words.json'] }
}

test('2,000 items are sent, waited for and collected, though the Lambda that collects is killed twice', async () => {
  const { cloud, v0, request } = await begin(2000, { keep: { prompts: 'packed', items: 'packed' } })
  await using _cloud = cloud
  const { behaviour } = cloud.server.batches
  behaviour.takesMs = 4000
  let kills = 0
  // In the middle of the results, and while they are judged and kept.
  behaviour.onResults = (nth) => {
    const kill = () => {
      kills += signalLambdas('process', 'SIGKILL')
    }
    if (nth === 1) kill()
    if (nth === 2) setTimeout(kill, 700)
    return nth === 1 ? 'half' : undefined
  }
  const execution = await cloud.start(request)
  expect(await cloud.ended(execution, 240)).toMatchObject({ status: 'SUCCEEDED' })
  expect(kills).toBeGreaterThan(0)
  expect(cloud.server.batches.all.map(({ requests }) => requests.length)).toEqual([1999])
  await expectTrueBooks(cloud, v0, 2000)
  const states = await cloud.states(execution)
  expect(states.filter((name) => ['look', 'first', 'send', 'wait', 'collect'].includes(name)).slice(0, 5)).toEqual([
    ...['look', 'first', 'send', 'look', 'wait'],
  ])
})

test('two steps are the same tree here and on AWS, with an answer that cannot be used, a failure and a request that expires', async () => {
  const name = freshName('half')
  const steps = [step1, { ...step2, batch_skip_items: ['12'] }]
  await using cloud = await Cloud.begin(
    wordFiles(30, steps, { pipeline_name: name, delivery: 'batch', deadline: '4h' }),
  )
  const { batches } = cloud.server
  batches.behaviour.takesMs = 2500
  let times = 0
  // In the first batch of each run.
  batches.behaviour.resultOf = ({ params }) =>
    JSON.stringify(params.messages).includes('Define w21.') && ++times % 2 === 1 ? { type: 'expired' } : undefined
  cloud.answer = ({ prompt }) => {
    if (prompt === 'Define w5.') return 'no JSON, sorry'
    return prompt.startsWith('Define w9.') ? { refusal: true } : undefined
  }
  expect((await cloud.cli('run', 'pipelines/words.json')).code).toBe(3)
  await cloud.run(JSON.parse(await cloud.text('pipelines/words.json')))
  const sizes = batches.all.map(({ requests }) => requests.length)
  expect(sizes.slice(sizes.length / 2)).toEqual(sizes.slice(0, sizes.length / 2))
  const folder = `outputs/${name}/v0`
  expect(comparable(await cloud.tree(folder))).toEqual(comparable(cloud.localTree(folder)))
  expect((await cloud.metadata({ pipeline: name, version: 'v0' })).stats.by_batch).toBeGreaterThan(50)
})

test('a run that waits is shown as such; abort cancels its batches, and a resume keeps what was answered and asks for the rest', async () => {
  const { cloud, v0, request } = await begin(60)
  await using _cloud = cloud
  const { batches } = cloud.server
  Object.assign(batches.behaviour, { takesMs: 3_600_000, doneShare: 0.5 })
  const execution = await cloud.start(request)
  await until(() => batches.calls.look > 0)
  const { pipeline } = v0
  expect((await cloud.cli('list', pipeline, '--all', '--target', 'aws')).out).toMatch(
    /v0 \(waiting\)[\s\S]*Message batches: One message batch is with the API \(59 requests/,
  )
  expect(await cloud.cli('abort', pipeline, '--target', 'aws')).toMatchObject({ code: 0 })
  expect((await cloud.ended(execution)).status).not.toBe('SUCCEEDED')
  await untilStatus(cloud, v0, 'aborted')
  expect(batches.all.map(({ cancelled }) => cancelled !== null)).toEqual([true])
  expect((await batchRecords(cloud.store, v0)).map(({ state, cancelled }) => [state, cancelled])).toEqual([
    ['sent', true],
  ])
  const told = (await cloud.metadata(v0)).logs.map(({ message }) => message)
  expect(told).toContain('The run was stopped, and its message batches are being cancelled: 1.')

  batches.behaviour.takesMs = 0
  const resumed = await cloud.cli('resume', pipeline, '--target', 'aws')
  expect(resumed).toMatchObject({ code: 0, out: expect.stringContaining('is completed') })
  expect(batches.all.map(({ requests }) => requests.length)).toEqual([59, 30])
  await expectTrueBooks(cloud, v0, 60)
})

test('the message batches that a failed run has left are cancelled by abort, and a resume keeps what they answered', async () => {
  const { cloud, v0, request } = await begin(60)
  await using _cloud = cloud
  const { batches } = cloud.server
  Object.assign(batches.behaviour, { takesMs: 3_600_000, doneShare: 0.5 })
  batches.behaviour.onLook = () => 403
  expect((await cloud.ended(await cloud.start(request))).status).toBe('FAILED')
  expect((await cloud.metadata(v0)).status).toBe('failed')
  expect(batches.all.map(({ cancelled }) => cancelled)).toEqual([null])
  const { pipeline } = v0
  batches.behaviour.onLook = () => undefined
  expect(await cloud.cli('abort', pipeline, 'v0', '--target', 'aws')).toMatchObject({
    code: 0,
    out: expect.stringContaining('the message batches that it left are being cancelled.'),
  })
  await untilStatus(cloud, v0, 'aborted')
  expect(batches.all.map(({ cancelled }) => cancelled !== null)).toEqual([true])
  const told = (await cloud.metadata(v0)).logs.map(({ message }) => message)
  expect(told).toContain('The run was stopped, and its message batches are being cancelled: 1.')
  // Whoever asks again is told that there is nothing more to cancel.
  const { run_id } = JSON.parse(await cloud.text(`outputs/${pipeline}/v0/run.json`))
  expect(await cloud.api('POST', `/runs/${run_id}/abort`)).toMatchObject({ status: 409 })
  expect(await cloud.cli('abort', pipeline, '--target', 'aws')).toMatchObject({ code: 2 })
  batches.behaviour.takesMs = 0
  expect(await cloud.cli('resume', pipeline, '--target', 'aws')).toMatchObject({ code: 0 })
  expect(batches.all.map(({ requests }) => requests.length)).toEqual([59, 30])
  await expectTrueBooks(cloud, v0, 60)
})

async function untilStatus(cloud: Cloud, ref: VersionRef, status: string): Promise<void> {
  for (let tries = 0; tries < 240; tries++) {
    if ((await cloud.metadata(ref)).status === status) return
    await new Promise((done) => setTimeout(done, 250))
  }
  throw new Error(`${ref.pipeline} ${ref.version} has not become ${status}.`)
}

test('replies of batches are found in the order of the plan by whoever opens the step next, until each is judged', async () => {
  await using cloud = await Cloud.begin({})
  const ref = { pipeline: freshName('replies'), version: 'v0' }
  const store = () => new CloudStore({ bucket: stack.BucketName, table: stack.TableName })
  const found = async (index: number) =>
    (await (await store().kept(ref, 1)).find({ item_index: index, segment: String(index) }))?.unjudged
  const keeper = await cloud.store.keeper(ref, 1, { receives: true })
  const order = Array.from({ length: 1500 }, (_, at) => ((at * 7) % 1500) + 1)
  await Promise.all(order.map((index) => keeper.receive?.(rawReply(index))))
  // Killed: nothing more is written.
  expect([await found(1), await found(1500)]).toEqual([rawReply(1), rawReply(1500)])
  await keeper.close()
  expect(await found(999)).toEqual(rawReply(999))
  const next = await store().keeper(ref, 1)
  await next.spend({ ...spentReply(2) })
  await next.close()
  expect(await found(2)).toBeUndefined()
  const again = await cloud.store.keeper(ref, 1, { receives: true })
  await again.receive?.(rawReply(2, { again: true }))
  expect(await found(2)).toEqual(rawReply(2, { again: true }))
  expect((await store().keeper(ref, 1)).receive).toBeUndefined()
})
