/** Traces and logs of a call, over a real socket in the place of X-Ray's daemon. */
import { createSocket, type Socket } from 'node:dgram'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SFNClient } from '@aws-sdk/client-sfn'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Executions } from '../../executions/executions.ts'
import { handlerOver } from '../../lambdas/api.ts'
import { logAbout, logger } from '../../lambdas/environment.ts'
import { annotate, runOfCall } from '../../lambdas/trace.ts'
import { apiEvent } from './api-event.ts'

const root = '1-67891233-abcdef012345678912345678'
const sampled = `Root=${root};Parent=53995c3f42cd8ad8;Sampled=1`
let daemon: Socket
let heard: string[]

beforeEach(async () => {
  heard = []
  daemon = createSocket('udp4').on('message', (message) => heard.push(message.toString()))
  await new Promise<void>((bound) => daemon.bind(0, '127.0.0.1', bound))
  vi.stubEnv('AWS_XRAY_DAEMON_ADDRESS', `127.0.0.1:${daemon.address().port}`)
})
afterEach(() => {
  daemon.close()
  vi.unstubAllEnvs()
})

const next = async () => {
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBeGreaterThan(0)
  const [header, subsegment] = heard.shift()!.split('\n')
  return { header: JSON.parse(header!), subsegment: JSON.parse(subsegment!) }
}
const run = { run_id: '01RUN', pipeline: 'poems', version: 'v3', epoch: 1, started: 0 }

test('the trace of a stage carries the run id, the version, the step and the batch as annotations', async () => {
  vi.stubEnv('_X_AMZN_TRACE_ID', sampled)
  logAbout({ run, step: 2, batch: 7 }, { awsRequestId: 'request-1' })
  const { header, subsegment } = await next()
  expect(header).toEqual({ format: 'json', version: 1 })
  expect(subsegment).toEqual({
    name: 'about',
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    type: 'subsegment',
    trace_id: root,
    parent_id: '53995c3f42cd8ad8',
    start_time: expect.any(Number),
    end_time: expect.any(Number),
    annotations: { run: '01RUN', pipeline: 'poems', version: 'v3', step: 2, batch: 7 },
  })
})

test('a call that is not sampled, or not traced at all, sends nothing', async () => {
  for (const header of [sampled.replace('Sampled=1', 'Sampled=0'), '', `Root=${root}`]) {
    vi.stubEnv('_X_AMZN_TRACE_ID', header)
    annotate({ run: 'never' })
  }
  vi.stubEnv('_X_AMZN_TRACE_ID', sampled)
  annotate({ run: 'x'.repeat(1500) })
  const { annotations } = (await next()).subsegment
  expect([annotations.run.length, heard]).toEqual([1000, []])
})

test('the log has the request id of the Lambda in every line about a run', () => {
  const written: string[] = []
  // The logger's console was made when the first of these tests asked for it, perhaps in another file of this worker.
  const console_ = (logger as unknown as { console: Console }).console
  const info = vi.spyOn(console_, 'info').mockImplementation((text) => void written.push(String(text)))
  const level = logger.getLevelName()
  logger.setLogLevel('INFO')
  logAbout({ run, step: 1 }, { awsRequestId: 'request-2' })
  logger.info('Something happened.')
  info.mockRestore()
  logger.setLogLevel(level)
  expect(JSON.parse(written.join(''))).toMatchObject({
    ...{ run: '01RUN', pipeline: 'poems', version: 'v3', step: 1 },
    function_request_id: 'request-2',
    message: 'Something happened.',
  })
})

test('the run of a call of the API is the one that it starts, or the one that its path names', () => {
  expect(runOfCall('/runs', '{"run_id":"01NEW","execution_arn":null}')).toBe('01NEW')
  expect(runOfCall('/runs/01OLD/resume', '{"run_id":"01NEW"}')).toBe('01NEW')
  expect(runOfCall('/runs/01OLD/abort', '')).toBe('01OLD')
  expect(runOfCall('/pipelines', '{"pipelines":[]}')).toBeUndefined()
})

test('the trace of a call of the API carries the run id, and that of a stage does before it meets AWS', async () => {
  vi.stubEnv('_X_AMZN_TRACE_ID', sampled)
  const app = handlerOver(() => {
    throw new Error('No port is needed.')
  })
  await app(apiEvent('GET', '/runs/01RUN'))
  expect((await next()).subsegment.annotations).toEqual({ run: '01RUN' })
  // Without a bucket it ends at once.
  vi.stubEnv('BUCKET', '')
  const { handler } = await import('../../lambdas/collate.ts')
  await handler({ run, step: 3 }, { awsRequestId: 'request-3' }).catch(() => undefined)
  expect((await next()).subsegment.annotations).toMatchObject({ run: '01RUN', step: 3 })
})

test('an execution that the API starts is in the trace of the call', async () => {
  const told: (string | string[] | undefined)[] = []
  const server: Server = createServer((request, response) => {
    told.push(request.headers['x-amzn-trace-id'])
    request.resume().on('end', () => response.end('{"executionArn":"arn:x","startDate":0}'))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  vi.stubEnv('_X_AMZN_TRACE_ID', sampled)
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'api')
  const client = new SFNClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    disableHostPrefix: true,
  })
  await new Executions('arn:aws:states:us-east-1:1:stateMachine:M', { write: async () => {} }, client).startRun({
    a: 1,
  })
  server.close()
  expect(told).toEqual([sampled])
})
