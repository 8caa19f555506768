/** What Step Functions is asked for, by the real client against a server in this process. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SFNClient } from '@aws-sdk/client-sfn'
import { expect, test } from 'vitest'
import { inputHash } from '../../core/request/execution-input.ts'
import { runIdOfKey } from '../../core/text/run-id.ts'
import { Executions } from '../../executions/executions.ts'
import { FolderStore } from '../../stores/folder.ts'
import { emptyFolder } from '../stores/empty-folder.ts'

const machine = 'arn:aws:states:us-east-1:1:stateMachine:runs'
const ada = { arn: 'arn:aws:sts::1:assumed-role/Team/ada', self_reported: false }
const grace = { arn: 'arn:aws:iam::1:user/grace', self_reported: true }
const request = { steps: [{ prompt_name: 'a' }] }
const rerun = { rerun: { pipeline: 'words', ids: Array.from({ length: 60_000 }, (_, at) => String(100_000 + at)) } }

/** Step Functions of one machine: starts each name once, and knows with which input. */
async function stepFunctions() {
  const inputs = new Map<string, string>()
  const server = createServer(async (incoming, response) => {
    const asked = JSON.parse(Buffer.concat((await Array.fromAsync(incoming)) as Buffer[]).toString())
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body))
    if (String(incoming.headers['x-amz-target']).endsWith('.DescribeExecution')) {
      const input = inputs.get(asked.executionArn.split(':').at(-1))
      if (input === undefined) return answer(400, { __type: 'ExecutionDoesNotExist' })
      return answer(200, { executionArn: asked.executionArn, status: 'RUNNING', input })
    }
    if (String(incoming.headers['x-amz-target']).endsWith('.ListExecutions')) {
      if (asked.nextToken === 'nonsense') return answer(400, { __type: 'InvalidToken' })
      const executions = [...inputs.keys()].map((name) => ({ name, status: 'RUNNING', startDate: 1_700_000_000 }))
      return answer(200, { executions, nextToken: asked.nextToken === undefined ? 'more' : undefined })
    }
    if (inputs.has(asked.name)) return answer(400, { __type: 'ExecutionAlreadyExists' })
    inputs.set(asked.name, asked.input)
    return answer(200, { executionArn: `arn:aws:states:us-east-1:1:execution:runs:${asked.name}` })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = new SFNClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    disableHostPrefix: true,
  })
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { client, inputs, [Symbol.dispose]: close }
}

test('a run is started with its input, and with who started it if that is known', async () => {
  using folder = emptyFolder()
  using aws = await stepFunctions()
  const executions = new Executions(machine, new FolderStore(folder.path), aws.client)
  const nobody = await executions.startRun(request)
  const somebody = await executions.startRun(request, { by: ada })
  expect([nobody, somebody].map(({ run_id }) => JSON.parse(aws.inputs.get(run_id) ?? ''))).toEqual([
    request,
    { started_by: ada, input: request },
  ])
})

test('60,000 ids travel through the bucket, so that the execution takes them', async () => {
  using folder = emptyFolder()
  using aws = await stepFunctions()
  const { run_id } = await new Executions(machine, new FolderStore(folder.path), aws.client).startRun(rerun, {
    by: grace,
  })
  expect(JSON.parse(aws.inputs.get(run_id) ?? '')).toEqual({ started_by: grace, input_sha256: inputHash(rerun) })
  expect(folder.names()).toEqual([`outputs/_inputs/${inputHash(rerun)}.json`])
})

test.each([
  ['short', request],
  ['long', rerun],
])('a key starts a %s input once, whoever sends it again, and stands for no other', async (_length, input) => {
  using folder = emptyFolder()
  using aws = await stepFunctions()
  const executions = new Executions(machine, new FolderStore(folder.path), aws.client)
  const first = await executions.startRun(input, { key: 'k', by: ada })
  expect(first.run_id).toBe(runIdOfKey('k'))
  expect(await executions.startRun(input, { key: 'k', by: grace })).toEqual(first)
  expect(await executions.startedBefore(input, 'k')).toEqual(first)
  await expect(executions.startRun({ ...input, offline: true }, { key: 'k', by: ada })).rejects.toThrow(first.run_id)
})

test('a key that an earlier release used with a bare input is known', async () => {
  using folder = emptyFolder()
  using aws = await stepFunctions()
  aws.inputs.set(runIdOfKey('k'), JSON.stringify(request))
  const executions = new Executions(machine, new FolderStore(folder.path), aws.client)
  expect((await executions.startRun(request, { key: 'k', by: ada })).run_id).toBe(runIdOfKey('k'))
})

test('executions come in pages, and a page is refused that AWS did not give', async () => {
  using folder = emptyFolder()
  using aws = await stepFunctions()
  const executions = new Executions(machine, new FolderStore(folder.path), aws.client)
  const { run_id } = await executions.startRun(request)
  const wanted = { limit: 20, after: undefined, status: undefined }
  const found = [{ run_id, status: 'RUNNING', started: new Date(1_700_000_000_000) }]
  expect(await executions.list(wanted)).toEqual({ found, last: 'more' })
  expect(await executions.list({ ...wanted, after: 'more' })).toEqual({ found, last: undefined })
  await expect(executions.list({ ...wanted, after: 'nonsense' })).rejects.toThrow('next is from another list')
})
