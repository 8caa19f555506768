/** The commands of the runbook's part about unmarked runs, as they stand there, with the AWS CLI. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { handler as open } from '../../lambdas/open.ts'
import { awsCli } from '../../tools/local-aws/aws-cli.ts'
import { wordFiles } from '../stories/words.ts'
import { Cloud, freshName, stack } from './cloud.ts'

const folder = mkdtempSync(join(tmpdir(), 'itemwise-runbook-'))
const before = { ...process.env }
afterAll(() => {
  process.env = before
  rmSync(folder, { recursive: true, force: true })
})

const { UnmarkedQueueUrl, FailFunctionName } = stack as typeof stack & Record<string, string>
const page = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8')
const [, commands = ''] = /## Unmarked runs.*?```sh\n(.*?)```/s.exec(page) ?? []

async function run(command: string, words: string[]): Promise<string> {
  const env = { ...process.env, PATH: `${dirname(await awsCli())}${delimiter}${process.env.PATH}` }
  return (await promisify(execFile)(command, words, { cwd: folder, env })).stdout
}

/** This version of the AWS CLI takes the address of SQS from no variable. */
const there = ['--endpoint-url', stack.endpoint]

/** Follows the runbook once and returns what it printed. */
function follow(): Promise<string> {
  const filled = `aws() { command aws ${there.join(' ')} "$@"; }\n${commands}`
    .replace('<UnmarkedQueueUrl of the stack>', UnmarkedQueueUrl!)
    .replace('<FailFunctionName of the stack>', FailFunctionName!)
  return run('bash', ['-c', filled])
}

async function unmarked(message: object | string): Promise<void> {
  const body = typeof message === 'string' ? message : JSON.stringify(message)
  await run('aws', [...there, 'sqs', 'send-message', '--queue-url', UnmarkedQueueUrl!, '--message-body', body])
}

async function waiting(): Promise<string[]> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible']
  const words = [
    ...there,
    'sqs',
    'get-queue-attributes',
    '--queue-url',
    UnmarkedQueueUrl!,
    '--attribute-names',
    ...names,
  ]
  const { Attributes } = JSON.parse(await run('aws', words))
  return names.map((name) => Attributes[name])
}

const event = (name: string, status: string) => ({
  source: 'aws.states',
  detail: {
    executionArn: `${stack.StateMachineArn}:${name}`,
    name,
    status,
    error: 'States.Runtime',
    cause: 'It broke.',
  },
})

test('an event of a failed run marks its version, and its message goes', async () => {
  const pipeline = freshName('unmarked')
  const files = wordFiles(2, undefined, { pipeline_name: pipeline })
  await using cloud = await Cloud.begin(files)
  Object.assign(process.env, { BUCKET: stack.BucketName, TABLE: stack.TableName, POWERTOOLS_LOG_LEVEL: 'SILENT' })
  const name = randomUUID()
  const execution = { id: `${stack.StateMachineArn}:${name}`, name }
  await open({ input: { request: files['pipelines/words.json'], offline: true }, execution })
  const ref = { pipeline, version: 'v0' }
  expect((await cloud.metadata(ref)).status).toBe('running')
  await unmarked(event(name, 'FAILED'))
  expect(await follow()).toContain('It broke.')
  expect((await cloud.metadata(ref)).status).toBe('failed')
  expect(await waiting()).toEqual(['0', '0'])
})

test('an event of a run that succeeded, and a message in words, are shown and go', async () => {
  await unmarked(event(randomUUID(), 'SUCCEEDED'))
  expect(await follow()).toContain('A message for the topic of ended runs:')
  await unmarked('The Itemwise run x has ended: FAILED. See it with: itemwise list')
  expect(await follow()).toContain('The Itemwise run x has ended: FAILED.')
  expect([await waiting(), await follow()]).toEqual([['0', '0'], 'The queue is empty.\n'])
})

test('an event that fail cannot deal with stays', async () => {
  await unmarked({ detail: { status: 'FAILED' } })
  expect(await follow()).toContain('errorMessage')
  expect(await waiting()).toEqual(['0', '1'])
  await run('aws', [...there, 'sqs', 'purge-queue', '--queue-url', UnmarkedQueueUrl!])
})
