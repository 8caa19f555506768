import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
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
