import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openTransport, type Transport } from '../../models/transport.ts'
import { startAnthropicServer } from '../anthropic-server.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

function transport(environment: NodeJS.ProcessEnv = {}): Transport {
  const opened = openTransport(environment)
  open.push(opened)
  return opened
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
  const { fetch } = transport({ HTTP_PROXY: proxy.url })
  expect((await fetch('http://claude.test/v1/messages', { method: 'POST' })).status).toBe(401)
  expect((await fetch(`${server.url}/v1/messages`, { method: 'POST' })).status).toBe(401)
  expect(proxy.hosts).toEqual(['claude.test:80'])
})

test('a host that no_proxy names is reached directly', async () => {
  const server = await startAnthropicServer()
  open.push(server)
  const proxy = await startProxy(server.url)
  const { fetch } = transport({ HTTP_PROXY: proxy.url, no_proxy: 'claude.invalid' })
  await expect(fetch('http://claude.invalid/')).rejects.toMatchObject({
    code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
  })
  expect(proxy.hosts).toEqual([])
})

test('a response without a body is a response', async () => {
  const server = createServer((_request, response) => response.writeHead(204).end())
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => server.close() })
  const response = await transport().fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  expect({ status: response.status, body: response.body }).toEqual({ status: 204, body: null })
})
