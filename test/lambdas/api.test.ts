/** What only the Lambda's adapter does; what it answers is in test/api/. */
import { expect, test } from 'vitest'
import { apiEvent } from './api-event.ts'

// Nothing here may reach AWS: whatever would is refused before.
Object.assign(process.env, {
  ...{ BUCKET: 'nowhere', TABLE: 'nowhere', STATE_MACHINE: 'arn:aws:states:us-east-1:1:stateMachine:nowhere' },
  ...{ AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' },
  ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', POWERTOOLS_LOG_LEVEL: 'SILENT' },
})
const { handler } = await import('../../lambdas/api.ts')

test('the stack answers by its own ports', async () => {
  const { statusCode, headers, body } = await handler(apiEvent('GET', '/runs/a%2Fb'))
  expect([statusCode, headers, JSON.parse(body)]).toEqual([
    404,
    { 'content-type': 'application/problem+json' },
    {
      type: 'urn:itemwise:problem:not-found',
      title: 'There is no such thing',
      status: 404,
      detail: 'There is no run a/b. Expected the run_id that POST /runs answered.',
    },
  ])
})

test('a body may come in base64', async () => {
  const { statusCode, body } = await handler(apiEvent('POST', '/runs', { body: { steps: [] }, base64: true }))
  expect([statusCode, JSON.parse(body).detail]).toEqual([400, 'The request: steps is []. Expected at least one entry.'])
})

test('a body that a GET cannot have means nothing', async () => {
  const { statusCode, body } = await handler(apiEvent('GET', '/pipeline', { body: 'a=1' }))
  expect([statusCode, JSON.parse(body).detail]).toEqual([404, expect.stringContaining('Did you mean /pipelines?')])
})

test('an event as API Gateway makes it, with headers of several values, is answered in kind', async () => {
  const event = apiEvent('DELETE', '/runs')
  const answer = await handler({ ...event, multiValueHeaders: { Host: ['api.test'] }, headers: { Host: 'api.test' } })
  expect(answer).toMatchObject({
    statusCode: 405,
    multiValueHeaders: { allow: ['POST'], 'content-type': ['application/problem+json'] },
  })
})

test('what went wrong on AWS is not told to the caller', async () => {
  const { statusCode, body } = await handler(apiEvent('GET', '/pipelines/words/versions/v0'))
  expect([statusCode, JSON.parse(body).detail]).toEqual([
    500,
    'The request could not be answered; the log of the API says why. Ask again later.',
  ])
})
