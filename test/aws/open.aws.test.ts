/** The Lambda `open`, called as the state machine calls it again after a crash. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { wordFiles } from '../stories/words.ts'
import { Cloud, freshName, stack } from './cloud.ts'

let before: NodeJS.ProcessEnv
beforeEach(() => {
  before = { ...process.env }
  Object.assign(process.env, { BUCKET: stack.BucketName, TABLE: stack.TableName, SECRET: stack.SecretArn })
})
afterEach(() => {
  process.env = before
})

test('called twice for one execution it begins one version, and says the same both times', async () => {
  const { handler } = await import('../../lambdas/open.ts')
  const pipeline = freshName('words')
  const files = wordFiles(3, undefined, { pipeline_name: pipeline })
  await using cloud = await Cloud.begin(files)
  const execution = { id: `${stack.StateMachineArn}:twice`, name: freshName('run') }
  const event = { input: files['pipelines/words.json'], execution }
  const first = await handler(event)
  expect(await handler(event)).toEqual(first)
  expect(first).toMatchObject({ run: { pipeline, version: 'v0', epoch: 1 }, steps: [{ step: 1 }] })
  expect(await cloud.store.versions(pipeline)).toEqual(['v0'])
})

test('killed between taking a version and going on with it, it goes on when it is called again', async () => {
  const { handler } = await import('../../lambdas/open.ts')
  const pipeline = freshName('words')
  const files = wordFiles(3, undefined, { pipeline_name: pipeline })
  await using cloud = await Cloud.begin(files)
  const v0 = { pipeline, version: 'v0' }
  cloud.answer = () => ({ status: 401, message: 'invalid bearer token' })
  expect((await cloud.ended(await cloud.start(files['pipelines/words.json']))).error).toBe('ModelUnavailable')
  const execution = { id: `${stack.StateMachineArn}:killed`, name: freshName('run') }
  const { CloudStore } = await import('../../stores/s3-dynamodb.ts')
  const place = { bucket: stack.BucketName, table: stack.TableName }
  await (await new CloudStore(place, { execution: { id: execution.name, arn: execution.id } }).lease(v0)).handOver()
  expect((await cloud.metadata(v0)).status).toBe('failed')
  const { run } = await handler({ input: { resume: { pipeline } }, execution })
  expect([run.version, (await cloud.metadata(v0)).status]).toEqual(['v0', 'running'])
})
