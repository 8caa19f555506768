import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, openStoreForRequest } from '../../lambdas/environment.ts'
import { type Loopback, refuse, startLoopback } from '../stores/loopback.ts'

let before: NodeJS.ProcessEnv
beforeEach(() => {
  before = { ...process.env }
})
afterEach(() => {
  process.env = before
})

function onServer({ url }: Loopback): void {
  Object.assign(process.env, {
    ...{ BUCKET: 'b', TABLE: 't', AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_S3: url, AWS_REGION: 'us-east-1' },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  })
}

/** Refuses 240 requests as S3 does when it is busy, then takes all. */
function busyServer(): Promise<Loopback> {
  let asked = 0
  return startLoopback((request, response) => {
    asked += 1
    if (asked <= 240) refuse(503, 'SlowDown')(request, response)
    else response.writeHead(200).end()
  })
}

const writes = (store: ReturnType<typeof openStore>) =>
  Promise.all(Array.from({ length: 80 }, (_, at) => store.write(`outputs/p/v0/items/${at}`, 'answer')))

test('a stage waits until S3 takes all that it has under way', async () => {
  await using server = await busyServer()
  onServer(server)
  await writes(openStore())
  // More on a busy machine: an answer that comes too late is asked for again.
  expect(server.requests.length).toBeGreaterThanOrEqual(320)
})

test('a request of the API is answered instead', async () => {
  await using server = await busyServer()
  onServer(server)
  await expect(writes(openStoreForRequest())).rejects.toThrow('AWS asks to slow down')
})
