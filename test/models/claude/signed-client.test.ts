import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sha256 } from '../../../core/text/ids.ts'
import { LiveModel } from '../../../models/claude/live.ts'
import { signedClient } from '../../../models/claude/signed-client.ts'

const variables = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret-of-the-role',
  AWS_SESSION_TOKEN: 'token-of-the-role',
  ANTHROPIC_AWS_WORKSPACE_ID: 'wrkspc_1',
}
let before: NodeJS.ProcessEnv
beforeEach(() => {
  before = { ...process.env }
})
afterEach(() => {
  process.env = before
})

test('a request is signed with the credentials of the role and names the workspace; no key is sent', async () => {
  const seen: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    request.resume()
    const content = [{ type: 'text', text: '{"a": 1}' }]
    const usage = { input_tokens: 3, output_tokens: 2 }
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        id: 'm',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content,
        usage,
        stop_reason: 'end_turn',
      }),
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(process.env, variables, { ANTHROPIC_AWS_BASE_URL: url })
  const model = new LiveModel({ client: signedClient })
  const question = {
    model: 'claude-haiku-5-5',
    max_tokens: 100,
    effort: null,
    thinking: 'off' as const,
    system: null,
    output_schema: null,
  }
  const turns = [{ role: 'user' as const, content: 'Hello' }]
  const options = { deadline: Date.now() + 20_000, signal: new AbortController().signal, onRetry: () => {} }
  const reply = await model.ask({ ...question, turns }, options)
  expect(reply.text).toBe('{"a": 1}')
  expect(seen[0]).toMatchObject({
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/aws-external-anthropic\//,
    ),
    'anthropic-workspace-id': 'wrkspc_1',
    'x-amz-security-token': 'token-of-the-role',
  })
  expect(JSON.stringify(seen)).not.toContain('secret-of-the-role')
  await model.close()
  server.close()
})

test('message batches are signed, too, with the checksum of the body that is streamed', async () => {
  const seen: { headers: IncomingHttpHeaders; method: string | undefined; path: string | undefined; body: string }[] =
    []
  const server = createServer(async (request, response) => {
    const body = (await Array.fromAsync(request)).join('')
    seen.push({ headers: request.headers, method: request.method, path: request.url, body })
    const request_counts = { processing: 1, succeeded: 0, errored: 0, canceled: 0, expired: 0 }
    const times = { created_at: '2026-11-28T00:00:00Z', expires_at: '2026-11-29T00:00:00Z' }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ id: 'msgbatch_1', processing_status: 'in_progress', request_counts, ...times }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(process.env, variables, { ANTHROPIC_AWS_BASE_URL: url })
  const { batches } = new LiveModel({ client: signedClient })
  const { signal } = new AbortController()
  const settings = { model: 'claude-haiku-5-5', max_tokens: 100, effort: null, thinking: 'off' as const }
  const turns = [{ role: 'user' as const, content: 'Hello' }]
  const question = { ...settings, system: null, output_schema: null, turns }
  const requests = {
    async *[Symbol.asyncIterator]() {
      yield { custom_id: 'a', question }
    },
  }
  expect(await batches.create(requests, signal)).toMatchObject({ id: 'msgbatch_1', requests: 1 })
  await batches.look('msgbatch_1', signal)
  for (const { headers } of seen)
    expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/.*\/aws-external-anthropic\//)
  expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v1/messages/batches',
    'GET /v1/messages/batches/msgbatch_1',
  ])
  expect(seen[0]!.headers['x-amz-content-sha256']).toBe(sha256(seen[0]!.body))
  expect(seen[0]!.headers.authorization).toContain('x-amz-content-sha256')
  expect(JSON.parse(seen[0]!.body)).toMatchObject({ requests: [{ custom_id: 'a', params: { max_tokens: 100 } }] })
  server.close()
})
