/**
 * Every write of a run may lose its answer on the way back, and is sent again by the SDK: the result is the same. The stages run in
 * this process and reach AWS over a line that loses answers.
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Chunk } from '../../core/documents.ts'
import { monthOf } from '../../core/money/spend-log.ts'
import { StepTables } from '../../core/rows/step-tables.ts'
import { CloudRuns } from '../../executions/cloud-runs.ts'
import { Executions } from '../../executions/executions.ts'
import { handlerOver } from '../../lambdas/api.ts'
import { cloudEstimates } from '../../lambdas/cloud-estimates.ts'
import type { RunPointer } from '../../lambdas/events.ts'
import { recordVersion } from '../../stores/import-into-cloud.ts'
import { Links } from '../../stores/links.ts'
import { CloudStore, type StepProgress } from '../../stores/s3-dynamodb.ts'
import { VersionPages } from '../../stores/version-pages.ts'
import type { Fault } from '../anthropic-server.ts'
import { apiEvent } from '../lambdas/api-event.ts'
import { reviewOf } from '../stores/reviews-contract.ts'
import { billed, sum } from '../stories/billed.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { Cloud, freshName, lambdaVariables, silent, stack } from './cloud.ts'
import { LossyAws, type WriteName } from './lossy-aws.ts'

const place = { bucket: stack?.BucketName ?? '', table: stack?.TableName ?? '' }
let before: NodeJS.ProcessEnv
beforeEach(() => {
  before = { ...process.env }
  Object.assign(process.env, lambdaVariables(), silent)
})
afterEach(() => {
  process.env = before
})

/** A line of its own, and so clients of their own: the SDK tries again only so often before it has had enough successes. */
async function lineThatLoses(loses: (name: WriteName) => boolean): Promise<LossyAws> {
  const aws = new LossyAws(stack.endpoint, loses)
  const line = await aws.listen()
  Object.assign(process.env, { AWS_ENDPOINT_URL_DYNAMODB: line, AWS_ENDPOINT_URL_S3: line })
  return aws
}

const lambdas = {
  open: () => import('../../lambdas/open.ts'),
  plan: () => import('../../lambdas/plan.ts'),
  process: () => import('../../lambdas/process.ts'),
  collate: () => import('../../lambdas/collate.ts'),
  publish: () => import('../../lambdas/publish.ts'),
  fail: () => import('../../lambdas/fail.ts'),
}

// biome-ignore lint/suspicious/noExplicitAny: the result of any stage
async function call(stage: keyof typeof lambdas, event: unknown): Promise<any> {
  const { handler } = await lambdas[stage]()
  return handler(event as never, { getRemainingTimeInMillis: () => 120_000 } as never)
}

interface Executed {
  run: RunPointer
  /** What the spend account and the counts say before the end. */
  spent: number | undefined
  counts: StepProgress[] | undefined
}

/** Runs an execution stage by stage, as the state machine does. */
async function execute(cloud: Cloud, input: unknown): Promise<Executed> {
  const name = freshName('run')
  const execution = { id: `${stack.StateMachineArn}:${name}`, name }
  try {
    const { run } = await call('open', { input, execution })
    const { file, map_concurrency, batch_concurrency } = await call('plan', { run, step: 1 })
    for (const batch of await cloud.json<Chunk[]>(file))
      await call('process', { run, step: 1, batch, map_concurrency, batch_concurrency, left: null })
    await call('collate', { run, step: 1 })
    const progress = await cloud.store.progress(run).read()
    await call('publish', { run })
    return { run, spent: progress?.account?.spent_usd, counts: progress?.steps }
  } catch (error) {
    const { name, message: errorMessage } = error as Error
    await call('fail', { execution, error: { Error: name, Cause: JSON.stringify({ errorMessage }) } })
    throw error
  }
}

/** The Lambda of the API over a store of now. */
function api() {
  const store = new CloudStore(place)
  const runs = new CloudRuns(store, new Executions(stack.StateMachineArn, store))
  return handlerOver(() => ({
    store,
    runs,
    pages: new VersionPages(stack.TableName),
    links: new Links(stack.BucketName),
    tables: new StepTables(store),
    reviewer: null,
    place: { target: 'aws', workspace: null },
    estimates: cloudEstimates(store, { batches: true }),
    templates: null,
    streams: null,
  }))
}

/** A run, a rerun of what failed, a label, a run that fails and is resumed, and a version that comes from elsewhere. Tells all that came of it. */
async function story(): Promise<unknown> {
  const pipeline = freshName('words')
  const steps = [{ ...step1, max_concurrency: 1 }]
  const files = wordFiles(3, steps, { pipeline_name: pipeline, max_cost_usd: 1 })
  const request = files['pipelines/words.json']
  await using cloud = await Cloud.begin(files)
  const wrong = (prompt: string, fault: Fault | string) => {
    cloud.answer = (asked) => (asked.prompt.startsWith(prompt) ? fault : undefined)
  }
  const costs: unknown[] = []
  const counted = async (input: unknown) => {
    const from = cloud.sent.length
    const { run, spent, counts } = await execute(cloud, input)
    const { stats } = await cloud.metadata(run)
    const bill = sum(cloud.sent.slice(from).map(billed)).cost_usd
    costs.push({ version: run.version, spent, bill, cost: stats.cost_usd, counts })
  }
  wrong('Define w2.', 'no JSON')
  await counted(request)
  cloud.answer = undefined
  await counted({ rerun: { pipeline, failed: true } })
  const body = { pipeline_status: 'beta', notes: 'Good.' }
  const { statusCode } = await api()(apiEvent('PATCH', `/pipelines/${pipeline}/versions/v1`, { body }))
  wrong('Define w3.', { status: 401 })
  const refused = await execute(cloud, request).catch(({ name }) => name)
  const { status } = await cloud.metadata({ pipeline, version: 'v2' })
  cloud.answer = undefined
  const { run, spent, counts } = await execute(cloud, { resume: { pipeline } })
  const elsewhere = { pipeline, version: 'v5' }
  await recordVersion(place, elsewhere, { ...(await cloud.metadata(run)), version: 'v5' })
  const next = await execute(cloud, request)
  return {
    statusCode,
    refused,
    status,
    costs,
    spent,
    counts,
    next: next.run.version,
    ...(await allOf(cloud, pipeline)),
  }
}

/** What is kept of a pipeline, without times and names that differ from story to story. */
async function allOf(cloud: Cloud, pipeline: string) {
  const versions = await cloud.store.versions(pipeline)
  const records = await Promise.all(versions.map((version) => cloud.metadata({ pipeline, version })))
  const told = records.map(({ version, status, pipeline_status, notes, base_version, stats, logs }) => {
    const { items, processed, failed, cost_usd, input_tokens, output_tokens } = stats
    const figures = { items, processed, failed, cost_usd, input_tokens, output_tokens }
    return { version, status, pipeline_status, notes, base_version, figures, logs: logs.map(({ message }) => message) }
  })
  const ledgers = await Promise.all(
    versions
      .filter((version) => version !== 'v5')
      .map(async (version) =>
        (await cloud.ledger({ pipeline, version }, 1)).map(({ item_id, state, cost_usd }) => [
          item_id,
          state,
          cost_usd,
        ]),
      ),
  )
  const rows = await Promise.all(
    versions.map((version) =>
      cloud.store
        .progress({ pipeline, version })
        .read()
        .then((row) => row !== undefined),
    ),
  )
  const { entries } = await cloud.store.spendLog(monthOf(Date.now()))
  const logged = entries
    .filter((entry) => entry.pipeline === pipeline)
    .map((entry) => [entry.kind, ...(entry.kind === 'spent' ? [entry.version, entry.counted_usd] : [])])
  return {
    versions,
    logged,
    told: JSON.parse(JSON.stringify(told).replaceAll(pipeline, '<pipeline>')),
    ledgers,
    rows,
    latest: await cloud.store.latest(pipeline),
    keys: [...(await cloud.tree(`outputs/${pipeline}`)).keys()].map((key) => key.replace(pipeline, '<pipeline>')),
  }
}

/** Each write is in one of them, and each is lost once. With as many as there are writes, about 200, nearly each is lost alone. */
const groups = Number(process.env.ITEMWISE_LOST_GROUPS ?? 3)

/** The group of a write: by its name, so that it is the same in every story. */
function groupOf(name: WriteName): number {
  return [...name].reduce((all, letter) => (all * 31 + letter.charCodeAt(0)) % 99_991, 7) % groups
}

/** Without the number, if it is a write that is made every two seconds. */
function beatOrName(name: WriteName): string {
  return /^UpdateItem progress#\S+\/(state|claim#\S+) \d+$/.test(name) ? name.replace(/ \d+$/, '') : name
}

const timeout = (groups + 1) * 120_000

async function toldOver(line: LossyAws): Promise<unknown> {
  try {
    return await story()
  } finally {
    await line[Symbol.asyncDispose]()
  }
}

test('whichever answers of writes are lost, what comes of it is the same', { timeout }, async () => {
  const whole = await lineThatLoses(() => false)
  const undisturbed = await toldOver(whole)
  expect(undisturbed).toMatchObject({
    ...{ statusCode: 200, refused: 'ModelUnavailable', status: 'failed', next: 'v6' },
    ...{ versions: ['v0', 'v1', 'v2', 'v5', 'v6'], latest: 'v6' },
  })
  for (const { spent, bill, cost } of (undisturbed as { costs: Record<string, number>[] }).costs)
    expect([spent, cost]).toEqual([bill, bill])
  const lost = new Set<WriteName>()
  for (let group = 0; group < groups; group++) {
    const line = await lineThatLoses((name) => groupOf(name) === group)
    expect(await toldOver(line), `these answers were lost: ${line.lost.join(', ')}`).toEqual(undisturbed)
    for (const name of line.lost) lost.add(name)
  }
  // How many beats there are depends on the machine: of those, some are lost.
  const known = new Set([...lost].map(beatOrName))
  expect(whole.writes.filter((name) => !known.has(beatOrName(name)))).toEqual([])
})

test('acts of people are kept once, in their order, whichever answers are lost', async () => {
  await using aws = await lineThatLoses(() => true)
  const pipeline = freshName('reviewed')
  const { reviews } = new CloudStore(place)
  const acts = [reviewOf('1'), reviewOf('2', { comment: 'x'.repeat(400_000) }), reviewOf('3')]
  for (const act of acts) await reviews.add(pipeline, [act])
  expect(await Array.fromAsync(reviews.all(pipeline))).toEqual(acts)
  expect(aws.lost).toHaveLength(7)
})

test('the answer that a long file is complete may be lost', async () => {
  await using aws = await lineThatLoses(() => true)
  const store = new CloudStore(place)
  const path = `outputs/${freshName('long')}/v0/collated/01.json`
  async function* content() {
    for (let at = 0; at < 3; at++) yield Buffer.alloc(8 * 1024 * 1024, at)
  }
  await store.write(path, content())
  expect(aws.lost.map((name) => name.split(' ').slice(0, 2).join(' '))).toEqual([
    'POST uploads',
    ...Array.from({ length: 3 }, () => 'PUT partNumber'),
    'POST uploadId',
    // The SDK's clean-up, which finds nothing.
    'DELETE uploadId',
  ])
  expect(await store.size(path)).toBe(24 * 1024 * 1024)
})
