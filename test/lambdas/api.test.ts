import type { APIGatewayProxyResult } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { apiEvent, type Sending } from './api-event.ts'

// Nothing here may reach AWS: whatever would is refused before.
Object.assign(process.env, {
  ...{ BUCKET: 'nowhere', TABLE: 'nowhere', STATE_MACHINE: 'arn:aws:states:us-east-1:1:stateMachine:nowhere' },
  ...{ AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' },
  ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', POWERTOOLS_LOG_LEVEL: 'SILENT' },
})
const { handler } = await import('../../lambdas/api.ts')

async function send(
  method: string,
  path: string,
  sending?: Sending,
): Promise<APIGatewayProxyResult & { json: unknown }> {
  const answer = await handler(apiEvent(method, path, sending))
  return { ...answer, json: JSON.parse(answer.body) }
}

const problem = (status: number, kind: string, detail: unknown) => ({
  statusCode: status,
  headers: expect.objectContaining({ 'Content-Type': 'application/problem+json' }),
  json: expect.objectContaining({ type: `urn:itemwise:problem:${kind}`, status, detail }),
})

describe('a route', () => {
  test('that is not there is refused with the nearest', async () => {
    expect(await send('GET', '/pipeline')).toMatchObject(
      problem(404, 'no-such-route', expect.stringContaining('There is no route /pipeline. Did you mean /pipelines?')),
    )
  })

  test('takes its own methods only, and names them', async () => {
    const answer = await send('DELETE', '/pipelines/a/versions/v0')
    expect(answer).toMatchObject(
      problem(405, 'wrong-method', 'DELETE is not possible on /pipelines/a/versions/v0. Expected GET, PATCH.'),
    )
    expect(answer.headers).toMatchObject({ Allow: 'GET, PATCH' })
  })

  test('whose name is no percent-encoding is refused', async () => {
    expect(await send('GET', '/pipelines/100%/versions')).toMatchObject(
      problem(400, 'request-refused', expect.stringContaining('a % that is no percent-encoding (100%)')),
    )
  })
})

describe('a body', () => {
  test.each([
    ['steps: []', 'The body is not JSON: Unexpected token'],
    ['{"steps": [', 'The body is not JSON: '],
    [' ', 'The body is empty. Expected a run request as JSON'],
  ])('that is no JSON is refused with words: %s', async (body, words) => {
    expect(await send('POST', '/runs', { body })).toMatchObject(
      problem(400, 'not-json', expect.stringContaining(words)),
    )
  })

  test('of another type is refused', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    expect(await send('POST', '/runs', { body: 'a=1', headers })).toMatchObject(
      problem(
        415,
        'wrong-media-type',
        'The body is application/x-www-form-urlencoded. Expected JSON, with the header Content-Type: application/json.',
      ),
    )
  })

  test('that is longer than an execution takes is refused', async () => {
    const body = { pipeline_name: 'a', notes: 'x'.repeat(262_144), steps: [{ prompt_name: 'a' }] }
    expect(await send('POST', '/runs', { body })).toMatchObject(
      problem(413, 'too-large', expect.stringContaining('Expected 260000 at most, which is what an execution takes.')),
    )
  })

  test('may come in base64', async () => {
    expect(await send('POST', '/runs', { body: { steps: [] }, base64: true })).toMatchObject(
      problem(400, 'request-refused', 'The request: steps is []. Expected at least one entry.'),
    )
  })
})

describe('a run request', () => {
  test('is refused with every problem, in the words of the command line', async () => {
    const body = { pipelin_name: 'a', steps: [{ prompt_name: 'a', max_tokens: 'many' }] }
    const answer = await send('POST', '/runs', { body })
    expect(answer).toMatchObject(problem(400, 'request-refused', '2 problems, nothing was started.'))
    expect(answer.json).toMatchObject({
      title: 'The request is refused',
      problems: [
        'The request: max_tokens of step 1 is "many". Expected a number.',
        'The request: there is no field "pipelin_name". Did you mean pipeline_name?',
      ],
    })
  })

  test.each([
    [[], 'The input is not an object.'],
    [{ rerun: { pipeline: 'a' } }, 'The rerun says nothing of which items.'],
    [{ resume: { pipeline: 'a', version: 'three' } }, 'a version such as v3'],
    [{ request: { steps: [{ prompt_name: 'a' }] }, frist: 3 }, 'there is no field "frist". Did you mean first?'],
  ])('of another form is refused: %j', async (body, words) => {
    expect(await send('POST', '/runs', { body })).toMatchObject(
      problem(400, 'request-refused', expect.stringContaining(words)),
    )
  })

  test('with an Idempotency-Key that is empty is refused, however the header is written', async () => {
    const body = { steps: [{ prompt_name: 'a' }] }
    expect(await send('POST', '/runs', { body, headers: { 'idempotency-key': ' ' } })).toMatchObject(
      problem(400, 'request-refused', 'The Idempotency-Key has no use. Expected 1 to 255 characters, such as a UUID.'),
    )
  })
})

describe('a page', () => {
  test.each(['0', '101', 'ten', '1.5'])('is at most 100 long: %s', async (limit) => {
    expect(await send('GET', '/pipelines', { query: { limit } })).toMatchObject(
      problem(400, 'request-refused', `limit is ${limit}. Expected a whole number from 1 to 100.`),
    )
  })

  test.each(['%', 'bm9wZQ'])('goes on only from what a page before gave: %s', async (next) => {
    expect(await send('GET', '/pipelines/a/versions', { query: { next } })).toMatchObject(
      problem(400, 'request-refused', expect.stringContaining(`next is ${next}. Expected the next of the page before`)),
    )
  })
})

test('a label is checked before anything is looked up', async () => {
  expect(await send('PATCH', '/pipelines/a/versions/v0', { body: {} })).toMatchObject(
    problem(400, 'request-refused', 'There is nothing to change. Expected pipeline_status, notes or both.'),
  )
  expect(await send('PATCH', '/pipelines/a/versions/v0', { body: { status: 'final' } })).toMatchObject(
    problem(400, 'request-refused', expect.stringContaining('The body: there is no field "status".')),
  )
})

test('a run id that no execution can have is not looked up', async () => {
  expect(await send('GET', '/runs/a%2Fb')).toMatchObject(
    problem(404, 'not-found', 'There is no run a/b. Expected the run_id that POST /runs answered.'),
  )
})
