/** How runs end, stage by stage: the Lambdas are called here one by one, so that each race has its moment. */
import { randomUUID } from 'node:crypto'
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Context } from 'aws-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Chunk } from '../../core/documents.ts'
import { ModelUnavailable, RunInterrupted, VersionBusy, WriterReplaced } from '../../core/errors.ts'
import { readText } from '../../core/versions/version-documents.ts'
import { handler as collate } from '../../lambdas/collate.ts'
import { storeOf } from '../../lambdas/environment.ts'
import type { OpenResult, PlanResult, ProcessEvent, RunPointer } from '../../lambdas/events.ts'
import { handler as fail } from '../../lambdas/fail.ts'
import { handler as open } from '../../lambdas/open.ts'
import { handler as plan } from '../../lambdas/plan.ts'
import { handler as process_ } from '../../lambdas/process.ts'
import { handler as publish } from '../../lambdas/publish.ts'
import { testKey } from '../anthropic-server.ts'
import { wordFiles } from '../stories/words.ts'
import { Cloud, freshName, lambdaVariables, silent, stack } from './cloud.ts'
import { within } from './running-lambda-processes.ts'

let before: NodeJS.ProcessEnv
beforeAll(() => {
  before = { ...process.env }
  Object.assign(process.env, lambdaVariables(), silent)
})
afterAll(() => {
  process.env = before
})

const context = { getRemainingTimeInMillis: () => 120_000 } as Context

async function begunWords(count: number) {
  const pipeline = freshName('words')
  const files = wordFiles(count, undefined, { pipeline_name: pipeline })
  const cloud = await Cloud.begin(files)
  return {
    cloud,
    pipeline,
    v0: { pipeline, version: 'v0' },
    request: files['pipelines/words.json'] as { steps: object[] },
  }
}

async function opened(input: unknown): Promise<RunPointer> {
  const name = randomUUID()
  return ((await open({ input, execution: { id: `${stack.StateMachineArn}:${name}`, name } })) as OpenResult).run
}

/** The events of all chunks of step 1. */
async function planned(run: RunPointer): Promise<ProcessEvent[]> {
  const { file, map_concurrency, batch_concurrency }: PlanResult = await plan({ run, step: 1 })
  const batches: Chunk[] = JSON.parse(await readText(storeOf(run), file))
  return batches.map((batch) => ({ run, step: 1, batch, map_concurrency, batch_concurrency, left: null }))
}

/** Plans and works on step 1 to its end. */
async function processed(run: RunPointer): Promise<void> {
  for (const event of await planned(run)) expect(await process_(event, context)).toMatchObject({ done: true })
}

const failed = ({ run_id }: RunPointer, name = 'RunFailed') =>
  fail({
    execution: { id: `${stack.StateMachineArn}:${run_id}`, name: run_id },
    error: { Error: name, Cause: 'It broke.' },
  })

test('a key that was put right is used at the next call, by a warm Lambda too', async () => {
  const { cloud, pipeline, request } = await begunWords(2)
  await using _cloud = cloud
  const secrets = new SecretsManagerClient({})
  const putKey = (SecretString: string) =>
    secrets.send(new PutSecretValueCommand({ SecretId: stack.SecretArn, SecretString }))
  try {
    await putKey('sk-ant-wrong')
    const run = await opened(request)
    const error = await processed(run).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ModelUnavailable)
    expect((error as Error).message).toContain(`The key comes from the secret ${stack.SecretArn}`)
    await failed(run, 'ModelUnavailable')
  } finally {
    await putKey(testKey)
  }
  await processed(await opened({ resume: { pipeline } }))
})

test('a run ends when its calls under way have: they are kept, counted, and not paid for again', async () => {
  const { cloud, pipeline, v0, request } = await begunWords(4)
  await using _cloud = cloud
  const answers = Promise.withResolvers<void>()
  cloud.answer = () => ({ after: answers.promise })
  const run = await opened(request)
  const [event] = await planned(run)
  const working = process_(event, context).catch((error: unknown) => error)
  await within('calls', () => cloud.sent.length === 4)
  const ending = failed(run)
  // The beat that hears of it, and longer than anybody is silent.
  await new Promise((done) => setTimeout(done, 8000))
  await expect(opened({ resume: { pipeline } })).rejects.toBeInstanceOf(VersionBusy)
  answers.resolve()
  expect(await working).toBeInstanceOf(RunInterrupted)
  await ending
  const before = await cloud.metadata(v0)
  expect([before.status, before.stats.processed, (await cloud.collated(v0, '01_define.json')).length]).toEqual([
    'failed',
    4,
    4,
  ])
  cloud.asked()
  const again = await opened({ resume: { pipeline } })
  await processed(again)
  await collate({ run: again, step: 1 })
  await publish({ run: again })
  const { status, stats } = await cloud.metadata(v0)
  expect([cloud.asked(), status, stats.processed, stats.failed]).toEqual([[], 'completed', 4, 0])
})

test('others hear of what ends a chunk while its calls are still under way', async () => {
  const { cloud, v0, request } = await begunWords(2)
  await using _cloud = cloud
  const answers = Promise.withResolvers<void>()
  cloud.answer = ({ prompt }) =>
    prompt === 'Define w1.' ? { status: 401, message: 'invalid x-api-key' } : { after: answers.promise }
  const run = await opened(request)
  const [event] = await planned(run)
  let hasEnded = false
  const working = process_(event, context)
    .catch((error: unknown) => error)
    .finally(() => {
      hasEnded = true
    })
  let stop: { error: string } | null = null
  for (let tries = 0; stop === null && tries < 40; tries++) {
    await new Promise((done) => setTimeout(done, 100))
    stop = (await cloud.store.progress(v0).read())?.stop ?? null
  }
  expect([stop?.error, hasEnded]).toEqual(['ModelUnavailable', false])
  answers.resolve()
  expect(await working).toBeInstanceOf(ModelUnavailable)
  // A chunk that only saw the stop may have been the first to say so to the machine.
  expect(await failed(run, 'RunInterrupted')).toMatchObject({ error: 'ModelUnavailable' })
  expect((await cloud.metadata(v0)).status).toBe('failed')
})

test('a publish that outlives its run does not complete a version that was ended', async () => {
  const { cloud, v0, request } = await begunWords(2)
  await using _cloud = cloud
  const run = await opened(request)
  await processed(run)
  await collate({ run, step: 1 })
  await failed(run, 'RunInterrupted')
  await expect(publish({ run })).rejects.toBeInstanceOf(WriterReplaced)
  expect((await cloud.metadata(v0)).status).toBe('aborted')
  expect(await cloud.collated(v0, '01_define.json')).toHaveLength(2)
})

test('a run that stands on a dead one writes down what that one kept, and begins its own version', async () => {
  const { cloud, pipeline, v0, request } = await begunWords(3)
  await using _cloud = cloud
  cloud.answer = ({ prompt }) => (prompt === 'Define w3.' ? { status: 400, message: 'No.' } : undefined)
  await processed(await opened(request))
  cloud.answer = undefined
  await cloud.db.send(
    new UpdateCommand({
      TableName: stack.TableName,
      Key: { pipeline: `progress#${pipeline}#v0`, record: 'state' },
      UpdateExpression: 'SET seen = :long_ago',
      ExpressionAttributeValues: { ':long_ago': 0 },
    }),
  )
  cloud.asked()
  const steps = request.steps.map((step) => ({ ...step, batch_skip_existing: true, max_tokens: 99 }))
  const run = await opened({ ...request, steps })
  expect([run.version, (await cloud.metadata(v0)).status]).toEqual(['v1', 'failed'])
  await processed(run)
  await collate({ run, step: 1 })
  expect(await cloud.collated({ pipeline, version: 'v1' }, '01_define.json')).toHaveLength(3)
  expect(cloud.asked()).toEqual(['Define w3.'])
})
