/** What only the Lambda's adapter does; what it answers is in test/api/. */
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { expect, test } from 'vitest'
import type { Runs, Starting } from '../../api/ports.ts'
import { StorePages } from '../../api/store-pages.ts'
import { StepTables } from '../../core/rows/step-tables.ts'
import { cloudEstimates } from '../../lambdas/cloud-estimates.ts'
import { FolderStore } from '../../stores/folder.ts'
import { emptyFolder } from '../stores/empty-folder.ts'
import { Story } from '../stories/story.ts'
import { wordFiles } from '../stories/words.ts'
import { apiEvent } from './api-event.ts'

// Nothing here may reach AWS: whatever would is refused before.
Object.assign(process.env, {
  ...{ BUCKET: 'nowhere', TABLE: 'nowhere', STATE_MACHINE: 'arn:aws:states:us-east-1:1:stateMachine:nowhere' },
  ...{ AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' },
  ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', POWERTOOLS_LOG_LEVEL: 'SILENT' },
})
const { handler, handlerOver } = await import('../../lambdas/api.ts')

const arn = 'arn:aws:sts::123456789012:assumed-role/Team/ada'
const signed = { requestContext: { identity: { userArn: arn } } } as unknown as APIGatewayProxyEvent

/** Notes what is started, and by whom. */
class NotingRuns implements Runs {
  readonly started: unknown[] = []
  async start(input: unknown, how: Starting) {
    this.started.push([input, how])
    return { run_id: 'noted', execution_arn: null }
  }
  startedBefore = async () => undefined
  list = async () => ({ found: [], last: undefined })
  describe = async () => undefined
  begun = async () => undefined
  abort = async () => undefined
}

function portsOver(store: FolderStore) {
  const links = { linkTo: async () => null }
  const place = { target: 'aws', workspace: null } as const
  const estimates = cloudEstimates(store, { batches: true })
  return {
    store,
    pages: new StorePages(store),
    links,
    tables: new StepTables(store),
    reviewer: null,
    place,
    estimates,
    templates: null,
    streams: null,
  }
}

test('whoever signed the request starts the run, and nobody says so by the body', async () => {
  using folder = emptyFolder()
  const store = new FolderStore(folder.path)
  const runs = new NotingRuns()
  const over = handlerOver(() => ({ ...portsOver(store), runs }))
  const input = { steps: [{ prompt_name: 'a' }] }
  await over({ ...apiEvent('POST', '/runs', { body: input, headers: { 'Idempotency-Key': 'k' } }), ...signed })
  await over(apiEvent('POST', '/runs', { body: input }))
  expect(runs.started).toEqual([
    [input, { key: 'k', by: { arn, self_reported: false } }],
    [input, { key: undefined, by: null }],
  ])
  const started_by = { arn: 'arn:aws:iam::1:user/somebody', self_reported: false }
  for (const body of [
    { started_by, input },
    { ...input, started_by },
    { request: input, started_by },
  ])
    expect(await over({ ...apiEvent('POST', '/runs', { body }), ...signed })).toMatchObject({ statusCode: 400 })
  expect(runs.started.length).toBe(2)
})

test('whoever signed the request of a label stands in the log of the version', async () => {
  await using story = await Story.begin(wordFiles(1))
  await story.run('run', 'pipelines/words.json', '--offline')
  const store = new FolderStore(story.root)
  const over = handlerOver(() => ({ ...portsOver(store), runs: new NotingRuns() }))
  const path = '/pipelines/words/versions/v0'
  const answer = await over({ ...apiEvent('PATCH', path, { body: { pipeline_status: 'final' } }), ...signed })
  const entry = expect.objectContaining({ level: 'info', message: `Labelled by ${arn}: draft → final.` })
  expect(JSON.parse(answer.body).logs).toEqual([entry])
  expect(story.metadata('words/v0').logs).toEqual([entry])
})

test('whoever signed the request of a review says it, whatever name it has', async () => {
  await using story = await Story.begin(wordFiles(1))
  await story.run('run', 'pipelines/words.json', '--offline')
  const store = new FolderStore(story.root)
  const over = handlerOver(() => ({ ...portsOver(store), runs: new NotingRuns() }))
  const path = '/pipelines/words/versions/v0/steps/1'
  const row = JSON.parse((await over(apiEvent('GET', `${path}/rows`))).body).rows[0]
  const items = [{ root_id: row.root_id, answer_sha256: row.answer_sha256 }]
  const body = { act: 'approve', by: 'somebody', items }
  const answer = await over({ ...apiEvent('POST', `${path}/reviews`, { body }), ...signed })
  expect(JSON.parse(answer.body)).toMatchObject({ count: 1, by: arn })
  expect((await over(apiEvent('POST', `${path}/reviews`, { body: { act: 'clear', items } }))).statusCode).toBe(400)
  expect(JSON.parse((await over({ ...apiEvent('GET', '/session'), ...signed })).body)).toEqual({
    ...{ reviewer: arn, target: 'aws', workspace: null },
  })
})

test('the stack answers by its own ports', async () => {
  const { statusCode, headers, body } = await handler(apiEvent('GET', '/runs/a%2Fb'))
  expect([statusCode, headers, JSON.parse(body)]).toEqual([
    404,
    { 'content-type': 'application/problem+json' },
    {
      type: 'urn:itemwise:problem:not-found',
      title: 'Not found',
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
    multiValueHeaders: { allow: ['POST, GET'], 'content-type': ['application/problem+json'] },
  })
})

test('what went wrong on AWS is not told to the caller', async () => {
  const { statusCode, body } = await handler(apiEvent('GET', '/pipelines/words/versions/v0'))
  expect([statusCode, JSON.parse(body).detail]).toEqual([
    500,
    'The request could not be answered; the log of the API says why. Ask again later.',
  ])
})
