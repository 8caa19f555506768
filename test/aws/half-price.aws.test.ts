/** Half price on AWS: the state machine waits for message batches, whatever happens to a Lambda meanwhile. */
import { expect, test } from 'vitest'
import type { Spending } from '../../core/documents.ts'
import { nothingSpent, plus, spendingOf } from '../../core/money/spending.ts'
import type { VersionRef } from '../../core/store.ts'
import { batchRecords } from '../../core/versions/message-batches.ts'
import { billed, billedInBatches, sum } from '../stories/billed.ts'
import { until } from '../stories/story.ts'
import { numbers, prompts, wordFiles } from '../stories/words.ts'
import { Cloud, freshName } from './cloud.ts'
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

test('2,000 items are sent, waited for and collected, though the Lambda that collects is killed three times', async () => {
  const { cloud, v0, request } = await begin(2000, { keep: { prompts: 'packed', items: 'packed' } })
  await using _cloud = cloud
  const { behaviour } = cloud.server.batches
  behaviour.takesMs = 4000
  let kills = 0
  // Before the first byte, in the middle of the results, and while they are judged and kept.
  behaviour.onResults = (nth) => {
    if (nth > 3) return undefined
    const kill = () => {
      kills += signalLambdas('process', 'SIGKILL')
    }
    if (nth === 3) setTimeout(kill, 700)
    else kill()
    return nth === 2 ? 'half' : undefined
  }
  const execution = await cloud.start(request)
  expect(await cloud.ended(execution, 240)).toMatchObject({ status: 'SUCCEEDED' })
  expect(kills).toBeGreaterThan(1)
  expect(cloud.server.batches.all.map(({ requests }) => requests.length)).toEqual([1999])
  await expectTrueBooks(cloud, v0, 2000)
  const states = await cloud.states(execution)
  expect(states.filter((name) => ['look', 'first', 'send', 'wait', 'collect'].includes(name)).slice(0, 5)).toEqual([
    ...['look', 'first', 'send', 'look', 'wait'],
  ])
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
  expect([resumed.code, resumed.err]).toEqual([0, expect.stringContaining('is completed')])
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
