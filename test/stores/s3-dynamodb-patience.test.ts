/** What the stages on AWS do while S3 and DynamoDB answer with errors. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { patientClients } from '../../stores/s3-dynamodb/clients.ts'
import { waitBefore } from '../../stores/s3-dynamodb/patience.ts'
import { CloudStore } from '../../stores/s3-dynamodb.ts'
import { type Loopback, refuse, startLoopback } from './loopback.ts'

let before: NodeJS.ProcessEnv
beforeEach(() => {
  before = { ...process.env }
})
afterEach(() => {
  process.env = before
})

function patientStore({ url }: Loopback): CloudStore {
  Object.assign(process.env, {
    ...{ AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_S3: url, AWS_REGION: 'us-east-1' },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  })
  return new CloudStore({ bucket: 'b', table: 't' }, { clients: patientClients() })
}

test('a minute of errors is waited out, however the waits fall', () => {
  const waits = (random: number) => Array.from({ length: 19 }, (_, at) => waitBefore(at + 1, random))
  const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0)
  expect(sum(waits(0))).toBeGreaterThan(60_000)
  expect(sum(waits(1))).toBeLessThan(180_000)
})

/** Refuses so many requests, then takes all. */
function refusingFirst(count: number, [status, code]: [number, string]) {
  let asked = 0
  return startLoopback((request, response) => {
    asked += 1
    if (asked <= count) return refuse(status, code)(request, response)
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}')
  })
}

test('as many answers as a chunk has under way are kept while S3 answers 503', async () => {
  await using server = await refusingFirst(300, [503, 'SlowDown'])
  const store = patientStore(server)
  await Promise.all(Array.from({ length: 100 }, (_, at) => store.write(`outputs/p/v0/items/${at}`, 'answer')))
  expect(server.requests).toHaveLength(400)
})

test('as many questions to the table are answered while DynamoDB answers 500', async () => {
  await using server = await refusingFirst(180, [500, 'InternalServerError'])
  const store = patientStore(server)
  const asked = Array.from({ length: 60 }, (_, at) => store.latest(`pipeline_${at}`))
  expect(await Promise.all(asked)).toEqual(Array(60).fill(undefined))
})

test('what AWS refuses for good is refused at once', async () => {
  await using server = await startLoopback(refuse(403, 'AccessDenied'))
  await expect(patientStore(server).write('outputs/p/v0/a', '')).rejects.toThrow('access is denied')
  expect(server.requests).toHaveLength(1)
})
