/** The two ways to the API, on one workspace: the Lambda's handler with events of API Gateway, and the server in a process of its own. */
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { portsOf } from '../../cli/serve.ts'
import type { StartedCommand } from '../cli/command.ts'
import { apiEvent, type Sending } from '../lambdas/api-event.ts'
import { type Story, until } from '../stories/story.ts'

export interface Answer {
  status: number
  /** Those that our answers set, by their names in lower case. */
  headers: Record<string, string>
  /** As it came. */
  text: string
}

export type Send = (method: string, path: string, sending?: Sending) => Promise<Answer>

const ours = ['content-type', 'allow', 'accept', 'retry-after', 'www-authenticate']
const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** Through the Lambda's adapter, with the story's workspace in the place of the stack. */
export async function sendToLambda(story: Story): Promise<Send> {
  const handler = await lambdaOf(story)
  return async (method, path, sending) => {
    const { statusCode, headers = {}, body } = await handler(apiEvent(method, path, sending))
    return { status: statusCode, headers: ourHeaders(headers), text: body }
  }
}

async function lambdaOf(story: Story) {
  // Read when the Lambda is loaded.
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT'
  const { handlerOver } = await import('../../lambdas/api.ts')
  const env = { PATH: process.env.PATH, ANTHROPIC_API_KEY: story.server.key, ANTHROPIC_BASE_URL: story.server.url }
  const ports = { ...portsOf(story.root, { env, program: main }), templates: null, streams: null }
  return handlerOver(() => ports)
}

/** The same handler behind HTTP, as API Gateway puts it there; unsigned. */
export class ServedLambda {
  readonly url: string
  readonly token = 'none is asked for'
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(story: Story): Promise<ServedLambda> {
    const handler = await lambdaOf(story)
    const server = createServer(async (incoming, response) => {
      const body = Buffer.concat((await Array.fromAsync(incoming)) as Buffer[]).toString()
      const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://gateway')
      const {
        statusCode,
        headers,
        body: answer,
      } = await handler(
        apiEvent(incoming.method ?? 'GET', pathname, {
          ...(body !== '' && { body }),
          headers: incoming.headers as Record<string, string>,
          query: Object.fromEntries(searchParams),
        }),
      )
      response.writeHead(statusCode, headers as Record<string, string>).end(answer)
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    return new ServedLambda(server)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** `itemwise serve` of a story's workspace. */
export class Served {
  readonly command: StartedCommand
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly token: string

  constructor(command: StartedCommand, { url, token }: { url: string; token: string }) {
    this.command = command
    this.url = url
    this.token = token
  }

  static async start(story: Story): Promise<Served> {
    const command = story.start('serve', '--port', '0', '--json')
    const hasEnded = command.ended.then(({ err }) => Promise.reject(new Error(`It ended: ${err}`)))
    await Promise.race([until(() => command.out.endsWith('}\n')), hasEnded])
    return new Served(command, JSON.parse(command.out))
  }

  async stop(): Promise<void> {
    this.command.signal('SIGINT')
    await this.command.ended
  }

  readonly send: Send = (method, path, { body, query, ...sending } = {}) => {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    const headers = {
      Authorization: `Bearer ${this.token}`,
      ...(text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      ...sending.headers,
    }
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`
    return sendHttp({ url: this.url, method, path: path + search, headers, text })
  }
}

interface Sent {
  url: string
  method: string
  /** Sent as it is: `fetch` would put it in order. */
  path: string
  headers: Record<string, string | number>
  text: string | undefined
}

/** One request over HTTP, with any headers at all. */
export function sendHttp({ url, method, path, headers, text }: Sent): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, async (response) => {
      const chunks = (await Array.fromAsync(response)) as Buffer[]
      const status = response.statusCode ?? 0
      resolve({ status, headers: ourHeaders(response.headers), text: Buffer.concat(chunks).toString() })
    })
    sent.on('error', reject).end(text)
  })
}

function ourHeaders(headers: object): Record<string, string> {
  const found = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const)
  return Object.fromEntries(found.filter(([name]) => ours.includes(name)).sort())
}
