/** People get by with the policies Runner and Reader: the command line is called here with AWS refusing everything else. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PeoplesPlaces, readerPermissions, runnerPermissions } from '../../infra/people.ts'
import { Cloud, freshName, stack } from '../aws/cloud.ts'
import { step1, wordFiles } from '../stories/words.ts'
import { GuardedAws } from './guarded-aws.ts'

const places: PeoplesPlaces = {
  stack: 'arn:aws:cloudformation:us-east-1:000000000000:stack/this/one',
  bucket: `arn:aws:s3:::${stack.BucketName}`,
  table: `arn:aws:dynamodb:us-east-1:000000000000:table/${stack.TableName}`,
  machine: stack.StateMachineArn,
  executions: `${stack.StateMachineArn.replace(':stateMachine:', ':execution:')}:*`,
  apiToLook: 'arn:aws:execute-api:us-east-1:000000000000:api/prod/GET/*',
  api: 'arn:aws:execute-api:us-east-1:000000000000:api/prod/*/*',
}
const guard = new GuardedAws(process.env.AWS_ENDPOINT_URL ?? '', places.stack)
const pipeline = freshName('people')
let cloud: Cloud

/** Runs the command on the stack behind the guard. */
async function command(...words: string[]): Promise<{ code: number | null; said: string }> {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = process.env
  const guarded = await guard.listen()
  Object.assign(process.env, { AWS_ENDPOINT_URL: guarded, AWS_ENDPOINT_URL_S3: guarded })
  // In a process of its own: it has these variables from its beginning.
  const { ended } = cloud.startCli(...words, '--target', 'aws')
  Object.assign(process.env, { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 })
  const { code, out, err } = await ended
  guard.close()
  return { code, said: out + err }
}

beforeAll(async () => {
  cloud = await Cloud.begin(wordFiles(3, [step1], { pipeline_name: pipeline }))
})

afterAll(async () => {
  await cloud[Symbol.asyncDispose]()
})

test('a runner runs, reruns many, labels, looks and stops', async () => {
  guard.becomes('Runner', runnerPermissions(places))
  // Sent by the run: another text than what lies in the bucket.
  const many = Array.from({ length: 20_000 }, (_, at) => `${100_000 + at}`)
  const calls = [
    ['run', 'pipelines/words.json', '--offline'],
    ['rerun', pipeline, '11', '--offline', '--notes', 'n'.repeat(100_000)],
    ['label', pipeline, 'v0', '--status', 'beta'],
    ['flag', pipeline, '12', '--comment', 'x'.repeat(100_000)],
    ['approve', pipeline, '11', '13'],
    ['rerun', pipeline, '--flagged', '--offline'],
    ['reviews', pipeline],
    ['list', pipeline, '--all'],
    ['show', pipeline, 'v0', '11'],
    ['compare', pipeline, 'v0', 'v1'],
  ]
  for (const words of calls)
    expect([words[0], await command(...words)]).toEqual([words[0], expect.objectContaining({ code: 0 })])
  expect((await command('rerun', pipeline, ...many, '--offline')).said).toContain('there is no such item')
  const started = await command('rerun', pipeline, '12', '--offline', '--detach', '--json')
  const { run_id } = JSON.parse(started.said.slice(0, started.said.indexOf('}') + 1))
  await command('abort', run_id)
  expect(guard.refused).toEqual([])
})

test('a reader looks at it all, and neither runs, labels nor sends', async () => {
  guard.becomes('Reader', readerPermissions(places))
  for (const words of [
    ['list', pipeline, '--all'],
    ['show', pipeline, 'v0', '11'],
    ['compare', pipeline, 'v0', 'v1'],
    ['reviews', pipeline],
    ['export', pipeline, '--approved'],
    ['estimate', 'pipelines/words.json'],
  ])
    expect([words[0], await command(...words)]).toEqual([words[0], expect.objectContaining({ code: 0 })])
  expect(guard.refused).toEqual([])
  const before = (await cloud.store.versions(pipeline)).length
  await cloud.put('prompts/define.md', 'Define {word}.')
  for (const words of [
    ['run', 'pipelines/words.json', '--offline'],
    ['label', pipeline, 'v0', '--status', 'final'],
    ['approve', pipeline, '11'],
  ])
    expect((await command(...words)).code).not.toBe(0)
  const refused = new Set(guard.refused.map((line) => line.split(' ')[1]))
  expect([...refused]).toEqual(['s3:PutObject', 'dynamodb:UpdateItem'])
  expect((await cloud.store.versions(pipeline)).length).toBe(before)
})
