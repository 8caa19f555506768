/** The way of docs/aws.md: a stack is removed, and a new one adopts the bucket and the table that it left. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { GetBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, expect, test } from 'vitest'
import { deployStack, destroyStack, localEnvironment } from '../../tools/local-aws/deployed-stack.ts'
import { testKey } from '../anthropic-server.ts'
import type { Ended } from '../cli/command.ts'
import { StartedCommand } from '../cli/command.ts'
import { wordFiles } from '../stories/words.ts'
import { stack } from './cloud.ts'

const root = mkdtempSync(join(tmpdir(), 'itemwise-adopt-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Names that no other worker has: each has a stack of its own. */
const [first, second] = ['Left', 'Adopting'].map((word) => `${stack.stackName}${word}`) as [string, string]

function itemwise(stackName: string, ...words: string[]): Promise<Ended> {
  const { PATH } = process.env
  const env = { PATH, ...localEnvironment(stack.endpoint), ITEMWISE_STACK: stackName, ITEMWISE_TARGET: 'aws' }
  return new StartedCommand({ folder: root, env }, words).ended
}

const deployed = (settings: Record<string, string>) =>
  deployStack({ endpoint: stack.endpoint, settings: { mapConcurrency: '2', ...settings }, apiKey: testKey })

test('a new stack has the versions of one that was removed, and goes on with their numbers', {
  timeout: 1_500_000,
}, async () => {
  for (const [path, content] of Object.entries(wordFiles(3))) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  const left = { stackName: first, deletionProtection: 'false' }
  const { BucketName = '', TableName = '' } = await deployed(left)
  expect(await itemwise(first, 'run', 'pipelines/words.json', '--offline')).toMatchObject({ code: 0 })
  const before = (await itemwise(first, 'list', '--all')).out
  await destroyStack({ endpoint: stack.endpoint, settings: left })
  expect(await itemwise(first, 'list')).toMatchObject({ code: 2, err: expect.stringContaining(first) })

  const outputs = await deployed({ stackName: second, bucketName: BucketName, tableName: TableName })
  expect(outputs).toMatchObject({ BucketName, TableName })
  expect((await itemwise(second, 'list', '--all')).out).toBe(before)
  expect(await itemwise(second, 'rerun', 'words', '12', '--offline')).toMatchObject({ code: 0 })
  const [{ latest, versions }] = JSON.parse((await itemwise(second, 'list', '--all', '--json')).out)
  expect([latest, versions.map(({ base_version }: { base_version: string }) => base_version)]).toEqual([
    'v1',
    [null, 'v0'],
  ])
  const { Status } = await new S3Client({ forcePathStyle: true }).send(
    new GetBucketVersioningCommand({ Bucket: BucketName }),
  )
  expect(Status).toBe('Enabled')
})
