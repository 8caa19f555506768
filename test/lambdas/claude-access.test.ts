/** What `open` makes of the secret, over a server in the place of Secrets Manager. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { RequestRefused } from '../../core/errors.ts'
import { throwWithoutAccess } from '../../lambdas/claude-access.ts'

let secret: { SecretString?: string; SecretBinary?: string }
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/x-amz-json-1.1')
  request.resume().on('end', () => response.end(JSON.stringify({ Name: 'key', ...secret })))
})

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  for (const [name, value] of Object.entries({ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', SECRET: 'arn:secret' }))
    vi.stubEnv(name, value)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b')
})
afterAll(() => {
  vi.unstubAllEnvs()
  server.close()
})

const binary = (bytes: string | number[]) => ({ SecretBinary: Buffer.from(bytes as string).toString('base64') })

test.each([
  ['a bare key', { SecretString: 'sk-ant-1\n' }],
  ['the JSON of the console', { SecretString: '{"ANTHROPIC_API_KEY":"sk-ant-1"}' }],
  ['a bare key in a binary', binary('sk-ant-1\n')],
  ['JSON in a binary', binary('{"ANTHROPIC_API_KEY":"sk-ant-1"}')],
])('%s is a key', async (_, stored) => {
  secret = stored
  await expect(throwWithoutAccess()).resolves.toBeUndefined()
})

test.each([
  ['nothing', {}, 'There is no API key in the secret arn:secret'],
  ['an empty binary', binary(''), 'There is no API key in the secret arn:secret'],
  [
    'a binary that is no text',
    binary([0xff, 0xfe, 0x00, 0x80]),
    'The key in the secret arn:secret holds characters that cannot be sent',
  ],
  [
    'JSON with several texts',
    { SecretString: '{"a":"x","b":"y"}' },
    'The key in the secret arn:secret is JSON that does not say which of its values is the key',
  ],
])('%s is refused before a version is begun, in words', async (_, stored, message) => {
  secret = stored
  const error = await throwWithoutAccess().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(RequestRefused)
  expect((error as Error).message).toContain(message)
})
