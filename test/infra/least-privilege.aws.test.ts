/** The Lambdas get by with the permissions they have: each is called here with AWS refusing everything else. */
import { randomUUID } from 'node:crypto'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Chunk } from '../../core/documents.ts'
import { nothingSpent } from '../../core/money/spending.ts'
import { baseLines } from '../../core/versions/ledger.ts'
import { readText } from '../../core/versions/version-documents.ts'
import { type FunctionName, permissionsOf } from '../../infra/permissions.ts'
import { forgetModel } from '../../lambdas/claude-access.ts'
import type {
  CollateResult,
  HalfPrice,
  LookResult,
  OpenResult,
  PlanResult,
  ProcessResult,
  RunPointer,
} from '../../lambdas/events.ts'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { type AnthropicServer, type Call, type Fault, startAnthropicServer, testKey } from '../anthropic-server.ts'
import { lambdaVariables, silent } from '../aws/cloud.ts'
import { cloudClients } from '../stores/cloud-place.ts'
import { reviewOf } from '../stores/reviews-contract.ts'
import { GuardedAws } from './guarded-aws.ts'

const stack = JSON.parse(process.env.ITEMWISE_TEST_STACK ?? '{}')
const endpoint = process.env.AWS_ENDPOINT_URL ?? ''
const guard = new GuardedAws(endpoint)
const pipeline = `guarded_${randomUUID().slice(0, 8)}`
let server: AnthropicServer
let answer: (call: Call) => Fault | string | undefined = () => undefined

/** The statements of a Lambda's role; for the API, those that infra/api.ts adds to the table of permissions. */
function roleOf(name: FunctionName): PolicyStatement[] {
  const places = {
    bucket: `arn:aws:s3:::${stack.BucketName}`,
    table: `arn:aws:dynamodb:us-east-1:000000000000:table/${stack.TableName}`,
    secret: stack.SecretArn,
  }
  const executions = `${stack.StateMachineArn.replace(':stateMachine:', ':execution:')}:*`
  const drives = [
    new PolicyStatement({
      actions: ['states:StartExecution', 'states:ListExecutions'],
      resources: [stack.StateMachineArn],
    }),
    new PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [executions] }),
  ]
  return [...permissionsOf(name, places), ...(name === 'api' ? drives : [])]
}

const handlers: Record<FunctionName, () => Promise<{ handler: (event: never, context: never) => Promise<unknown> }>> = {
  open: () => import('../../lambdas/open.ts'),
  plan: () => import('../../lambdas/plan.ts'),
  process: () => import('../../lambdas/process.ts'),
  collate: () => import('../../lambdas/collate.ts'),
  publish: () => import('../../lambdas/publish.ts'),
  fail: () => import('../../lambdas/fail.ts'),
  api: () => import('../../lambdas/api.ts'),
}

/** Calls a Lambda here, with the permissions of its role. */
async function call<T>(name: FunctionName, event: unknown): Promise<T> {
  guard.becomes(name, roleOf(name))
  const { handler } = await handlers[name]()
  const context = { getRemainingTimeInMillis: () => 60_000 }
  return (await handler(event as never, context as never)) as T
}

/** Runs an execution by hand, up to the stage that fails. */
async function execute(input: unknown, id: string = randomUUID()): Promise<RunPointer> {
  const execution = { id: `${stack.StateMachineArn.replace(':stateMachine:', ':execution:')}:${id}`, name: id }
  try {
    const { run, steps } = await call<OpenResult>('open', { input, execution })
    for (const { step } of steps) await executeStep(run, step)
    await call('publish', { run })
    return run
  } catch (error) {
    const { name, message } = error as Error
    await call('fail', { execution, error: { Error: name, Cause: JSON.stringify({ errorMessage: message }) } })
    throw error
  }
}

async function executeStep(run: RunPointer, step: number): Promise<void> {
  const { file, map_concurrency, batch_concurrency, half } = await call<PlanResult>('plan', { run, step })
  if (half !== undefined) await atHalfPrice(run, step, { file, half })
  const batches: Chunk[] = JSON.parse(
    await readText(new CloudStore({ bucket: stack.BucketName, table: stack.TableName }), file),
  )
  for (const batch of batches) {
    const event = { run, step, batch, map_concurrency, batch_concurrency, left: null }
    expect(await call<ProcessResult>('process', event)).toMatchObject({ done: true })
  }
  await call('collate', { run, step })
}

/** What the machine does until nothing is left, or what is left is to be asked for live. */
async function atHalfPrice(
  run: RunPointer,
  step: number,
  { file, half }: { file: string; half: HalfPrice },
): Promise<void> {
  const store = new CloudStore({ bucket: stack.BucketName, table: stack.TableName })
  const listed = async <T>(path: string) => JSON.parse(await readText(store, path)) as T[]
  const part = { run, step, chunks: half.chunks, batch_concurrency: 4, left: 0 }
  for (;;) {
    const looked = await call<LookResult>('process', { run, step, part: 'look', half })
    half = looked.half
    if (looked.next === 'collate' || looked.next === 'live') return
    if (looked.next === 'first') await call('process', { ...part, part: 'first', batch: half.first })
    if (looked.next === 'collect') {
      for (const batch of await listed(looked.ended)) await call('process', { ...part, part: 'collect', batch })
      half.state.sent = false
    } else if (looked.next !== 'wait') {
      for (const batch of await listed(file)) await call('process', { ...part, part: 'send', batch })
      Object.assign(half.state, { sent: true, later: false })
    }
  }
}

const request = {
  pipeline_name: pipeline,
  max_cost_usd: 1,
  steps: [
    { prompt_name: `${pipeline}_one`, input_file: `inputs/${pipeline}.json`, batch_id_field: 'id', max_concurrency: 4 },
    { prompt_name: `${pipeline}_two`, batch_id_field: 'id' },
  ],
}

describe.skipIf(endpoint === '')(
  'with the permissions of their roles and no others (needs LocalStack: npm run test:aws)',
  () => {
    beforeAll(async () => {
      const store = new CloudStore({ bucket: stack.BucketName, table: stack.TableName })
      const items = Array.from({ length: 31 }, (_, index) => ({ id: index + 1, word: `word ${index + 1}` }))
      await store.write(`inputs/${pipeline}.json`, JSON.stringify(items))
      await store.write(`prompts/${pipeline}_one.md`, 'Say something of {word}, as JSON.')
      await store.write(`prompts/${pipeline}_two.md`, 'Say more of {item}, as JSON.')
      server = await startAnthropicServer({ key: testKey, answer: (each) => answer(each) })
      const guarded = await guard.listen()
      const guardedAws = { AWS_ENDPOINT_URL: guarded, AWS_ENDPOINT_URL_S3: guarded }
      Object.assign(process.env, lambdaVariables(), silent, guardedAws, { ANTHROPIC_BASE_URL: server.url })
    })
    afterAll(async () => {
      guard.close()
      await server.close()
    })

    test('a run of two steps comes to its end', async () => {
      answer = ({ prompt }) => (prompt.includes('word 7.') ? 'no JSON at all' : undefined)
      await execute(request)
      expect(guard.refused).toEqual([])
    })

    test('so does one at half price, whose first message batch is too large for what stands in between; a stop cancels what is out', async () => {
      answer = ({ prompt }) => (prompt.includes('word 7.') ? 'no JSON at all' : undefined)
      const own = { ...request, pipeline_name: `${pipeline}_half_price`, delivery: 'batch' }
      const { behaviour, all } = server.batches
      behaviour.onCreate = (nth) => (nth === 1 ? 413 : undefined)
      await execute(own)
      expect(all).toHaveLength(2)
      behaviour.takesMs = 3_600_000
      const id = randomUUID()
      const execution = { id: `${stack.StateMachineArn.replace(':stateMachine:', ':execution:')}:${id}`, name: id }
      const { run } = await call<OpenResult>('open', { input: own, execution })
      const { half, file } = await call<PlanResult>('plan', { run, step: 1 })
      const [batch] = JSON.parse(
        await readText(new CloudStore({ bucket: stack.BucketName, table: stack.TableName }), file),
      )
      await call('process', { run, step: 1, part: 'send', chunks: half!.chunks, batch_concurrency: 4, left: 0, batch })
      // Each Lambda reads the key by itself.
      forgetModel()
      await call('fail', { execution, error: { Error: 'RunInterrupted', Cause: '{"errorMessage": "Stopped."}' } })
      expect(all.at(-1)).toMatchObject({ cancelled: expect.any(Number) })
      behaviour.takesMs = 0
      expect(guard.refused).toEqual([])
    })

    test('so does a rerun of what failed, of named items, and of those that people flagged', async () => {
      answer = () => undefined
      await execute({ rerun: { pipeline, ids: ['1', '2', '29'] } })
      await execute({ rerun: { pipeline, failed: true } }).catch(() => undefined)
      const store = new CloudStore({ bucket: stack.BucketName, table: stack.TableName }, { clients: cloudClients() })
      const [line] = await Array.fromAsync(baseLines(store, { pipeline, version: 'v1' }, 1))
      const { item_id, answer_sha256 } = line!
      const about = { item_id, answer_sha256: answer_sha256!, act: 'flag' } as const
      await store.reviews.add(pipeline, [reviewOf('1', { ...about, comment: 'x'.repeat(400_000) })])
      await execute({ rerun: { pipeline, flagged: true } })
      expect(guard.refused).toEqual([])
    })

    test('a run that stops is marked as failed, with what it has, and is resumed', async () => {
      answer = ({ nth }) => (nth % 2 === 0 ? { status: 401, type: 'authentication_error' } : 'no JSON')
      const failed = randomUUID()
      await expect(execute(request, failed)).rejects.toThrow()
      answer = () => undefined
      await execute({ resume: { pipeline } })
      expect(guard.refused).toEqual([])
    })

    test('a step that lacks the parts of a chunk lists it, and comes to its end when it is there', async () => {
      answer = () => undefined
      const execution = {
        id: `${stack.StateMachineArn.replace(':stateMachine:', ':execution:')}:${pipeline}`,
        name: pipeline,
      }
      // One call at once, and 31 items: one round more than a chunk has.
      const steps = [{ ...request.steps[0], max_concurrency: 1 }]
      const own = { ...request, pipeline_name: `${pipeline}_lost`, steps }
      const { run } = await call<OpenResult>('open', { input: own, execution })
      const { file, ...shares } = await call<PlanResult>('plan', { run, step: 1 })
      const store = new CloudStore({ bucket: stack.BucketName, table: stack.TableName })
      const [kept, ...lost]: Chunk[] = JSON.parse(await readText(store, file))
      const work = { run, step: 1, ...shares, left: null }
      await call<ProcessResult>('process', { ...work, batch: kept })
      const again = await call<CollateResult>('collate', { run, step: 1, again: true })
      expect(JSON.parse(await readText(store, again.file!))).toEqual(lost)
      for (const batch of lost) await call<ProcessResult>('process', { ...work, batch })
      expect(await call('collate', { run, step: 1, again: false })).toMatchObject({ answered: 31, whole: true })
      await call('publish', { run })
      expect(guard.refused).toEqual([])
    })

    test('a run that stands on a dead one writes that one down first', async () => {
      answer = () => undefined
      const own = { ...request, pipeline_name: `${pipeline}_dead` }
      const id = randomUUID()
      const execution = { id: `${stack.StateMachineArn.replace(':stateMachine:', ':execution:')}:${id}`, name: id }
      const { run } = await call<OpenResult>('open', { input: own, execution })
      await call('plan', { run, step: 1 })
      const dead = new CloudStore({ bucket: stack.BucketName, table: stack.TableName }, { now: () => 0 })
      await dead.progress(run).beat(run.epoch, 1, { answered: 0, failed: 0, kept: 0, ...nothingSpent })
      const steps = own.steps.map((step) => ({ ...step, batch_skip_existing: true, max_tokens: 99 }))
      expect((await execute({ ...own, steps })).version).toBe('v1')
      expect(guard.refused).toEqual([])
    })

    test('whoever resumes a version whose publish was killed ends that, and is told that there is nothing to resume', async () => {
      answer = () => undefined
      const own = { ...request, pipeline_name: `${pipeline}_half` }
      const id = randomUUID()
      const execution = { id: `${stack.StateMachineArn.replace(':stateMachine:', ':execution:')}:${id}`, name: id }
      const { run } = await call<OpenResult>('open', { input: own, execution })
      const store = new CloudStore({ bucket: stack.BucketName, table: stack.TableName })
      await store.updateVersion(run, { status: 'completed' })
      for (let times = 0; times < 2; times++)
        await expect(execute({ resume: { pipeline: run.pipeline, version: 'v0' } })).rejects.toThrow('is completed')
      expect([guard.refused, await store.latest(run.pipeline)]).toEqual([[], 'v0'])
    })

    test('the API lists, shows, labels, starts, looks, stops and resumes', async () => {
      answer = () => ({ status: 401, type: 'authentication_error' })
      const failed = randomUUID()
      await expect(execute(request, failed)).rejects.toThrow()
      const ask = (httpMethod: string, path: string, body?: unknown) =>
        call<{ statusCode: number; body: string }>('api', {
          httpMethod,
          path,
          headers: {},
          multiValueHeaders: {},
          queryStringParameters: null,
          multiValueQueryStringParameters: null,
          pathParameters: null,
          body: body === undefined ? null : JSON.stringify(body),
          isBase64Encoded: false,
        })
      const started = await ask('POST', '/runs', {
        request: { ...request, pipeline_name: `${pipeline}_api` },
        offline: true,
      })
      const resumed = await ask('POST', `/runs/${failed}/resume`)
      const [run_id, again] = [started, resumed].map(({ body }) => JSON.parse(body).run_id)
      const answers = [
        started,
        resumed,
        await ask('GET', `/runs/${run_id}`),
        await ask('POST', `/runs/${again}/abort`),
        await ask('GET', '/pipelines'),
        await ask('GET', `/pipelines/${pipeline}/versions`),
        await ask('GET', `/pipelines/${pipeline}/versions/latest`),
        await ask('PATCH', `/pipelines/${pipeline}/versions/v0`, { pipeline_status: 'beta' }),
        await ask('POST', '/runs', { rerun: { pipeline, ids: Array(60_000).fill('1000') }, offline: true }),
        await ask('GET', '/runs'),
        await ask('GET', `/pipelines/${pipeline}/versions/v0/items`),
        await ask('GET', `/pipelines/${pipeline}/versions/v0/items/1`),
        await ask('GET', `/pipelines/${pipeline}/versions/v0/steps/1/collated`),
        await ask('POST', `/pipelines/${pipeline}/versions/v0/steps/1/reviews`, {
          ...{ act: 'comment', comment: 'x'.repeat(20_000), by: 'Maria', filter: {}, total: 31 },
        }),
        await ask('GET', `/pipelines/${pipeline}/versions/v0/steps/1/reviews`),
      ]
      const statuses = answers.map(({ statusCode }) => statusCode)
      expect(statuses).toEqual([202, 202, 200, 202, 200, 200, 200, 200, 202, 200, 200, 200, 302, 200, 200])
      expect(guard.refused).toEqual([])
    })

    test('no permission is idle', () => {
      // Only asked for where something breaks; ListBucket is never asked for, but makes a missing key a 404.
      const seldom =
        /AbortMultipartUpload|(open|fail): s3:DeleteObject|dynamodb:DeleteItem|s3:ListBucket|(plan|collate): dynamodb:GetItem/
      const names = Object.keys(handlers) as FunctionName[]
      const given = names.flatMap((name) =>
        roleOf(name).flatMap((statement) => statement.actions.map((action) => `${name}: ${action}`)),
      )
      expect([...new Set(given)].filter((each) => !guard.allowed.has(each) && !seldom.test(each))).toEqual([])
    })

    test('what the guard is for: a stage that asked for more would be refused', async () => {
      guard.becomes('collate', roleOf('collate'))
      const store = new CloudStore({ bucket: stack.BucketName, table: stack.TableName })
      await expect(store.updateVersion({ pipeline, version: 'v0' }, { notes: 'mine' })).rejects.toThrow()
      guard.becomes('open', roleOf('open'))
      await expect(store.reviews.add(pipeline, [reviewOf('1')])).rejects.toThrow('access is denied')
      expect(guard.refused.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
        'collate: dynamodb:UpdateItem',
        'open: dynamodb:UpdateItem',
      ])
    })
  },
)
