import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { CallTimedOut, openTransport, type Posting, type Transport } from '../../../models/calls/transport.ts'
import { startAnthropicServer } from '../../anthropic-server.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

function transport(environment: NodeJS.ProcessEnv = {}): Transport {
  const opened = openTransport(environment)
  open.push(opened)
  return opened
}

function posting(url: string, change: Partial<Posting> = {}): Posting {
  return {
    url: new URL(url),
    headers: [],
    body: '{}',
    signal: new AbortController().signal,
    timeoutMs: 5000,
    ...change,
  }
}

/** A server that answers with these bytes, or never. */
async function startServer(respond: RequestListener): Promise<string> {
  const server = createServer(respond)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  open.push({
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Leads every tunnel to `target`, whatever host it was asked for. */
async function startProxy(target: string): Promise<{ url: string; hosts: string[] }> {
  const hosts: string[] = []
  const proxy: Server = createServer().on('connect', (request, socket) => {
    hosts.push(request.url ?? '')
    const { hostname, port } = new URL(target)
    const onward = connect(Number(port), hostname, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const)
      from.on('error', () => to.destroy()).pipe(to)
  })
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => proxy.close() })
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, hosts }
}

test('a proxy of the environment is used, but not for this machine', async () => {
  const server = await startAnthropicServer()
  open.push(server)
  const proxy = await startProxy(server.url)
  const { post } = transport({ HTTP_PROXY: proxy.url })
  expect((await post(posting('http://claude.test/v1/messages'))).status).toBe(401)
  expect((await post(posting(`${server.url}/v1/messages`))).status).toBe(401)
  expect(proxy.hosts).toEqual(['claude.test:80'])
})

test('a host that no_proxy names is reached directly', async () => {
  const server = await startAnthropicServer()
  open.push(server)
  const proxy = await startProxy(server.url)
  const { post } = transport({ HTTP_PROXY: proxy.url, no_proxy: 'claude.invalid' })
  await expect(post(posting('http://claude.invalid/'))).rejects.toMatchObject({
    code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
  })
  expect(proxy.hosts).toEqual([])
})

test('a response without a body is a response', async () => {
  const url = await startServer((_request, response) => response.writeHead(204).end())
  expect(await transport().post(posting(url))).toMatchObject({ status: 204, text: '' })
})

test('a text that comes in pieces is put together, without its byte order mark', async () => {
  const bytes = Buffer.from('\uFEFF{"a": "\u00e9\u00e9"}')
  const url = await startServer((_request, response) => {
    response.write(bytes.subarray(0, 11))
    setTimeout(() => response.end(bytes.subarray(11)), 30)
  })
  expect((await transport().post(posting(url))).text).toBe('{"a": "\u00e9\u00e9"}')
})

test('a call ends when its time is over, before and within the response', async () => {
  const silent = await startServer(() => {})
  const stalling = await startServer((_request, response) => void response.write('{'))
  for (const url of [silent, stalling])
    await expect(transport().post(posting(url, { timeoutMs: 50 }))).rejects.toThrow(CallTimedOut)
})

test('a signal that is aborted before makes no call', async () => {
  let calls = 0
  const url = await startServer((_request, response) => {
    calls += 1
    response.end()
  })
  const reason = new Error('stopped')
  await expect(transport().post(posting(url, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
  expect(calls).toBe(0)
})
