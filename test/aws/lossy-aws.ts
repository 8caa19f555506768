/**
 * AWS behind a bad line: a loopback server that hands every request on to LocalStack, lets it be carried out, and loses the answers of
 * the writes that it is told to. The SDK then sends the same request again, and gets the answer to that one.
 */
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A write by what it does and where, and how many of this name there were before: `UpdateItem progress#poems#v0/purse 2`. */
export type WriteName = string

export class LossyAws implements AsyncDisposable {
  /** Every write, each once however often it was sent. */
  readonly writes: WriteName[] = []
  /** Those of them whose first answer was lost. */
  readonly lost: WriteName[] = []
  readonly #loses: (name: WriteName) => boolean
  readonly #endpoint: URL
  readonly #server: Server

  /** `loses`: whether the answer of a write gets lost the first time. */
  constructor(endpoint: string, loses: (name: WriteName) => boolean) {
    this.#loses = loses
    this.#endpoint = new URL(endpoint)
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>))
    const isLost = this.#notes(writeIn(request, body), request)
    const { hostname, port } = this.#endpoint
    const { method, url: path, headers } = request
    const onward = forward({ hostname, port, method, path, headers }, (answer) => {
      if (isLost) {
        answer.resume().once('end', () => request.socket.destroy())
        return
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    onward.end(body)
  }

  /** Whether the answer of this request is to get lost. What the SDK sends again is noted once, and answered. */
  #notes(what: string | undefined, { headers }: IncomingMessage): boolean {
    if (what === undefined || !/^attempt=1\b/.test(String(headers['amz-sdk-request']))) return false
    const name = `${what} ${this.writes.filter((each) => each.startsWith(`${what} `)).length + 1}`
    this.writes.push(name)
    const isLost = this.#loses(name)
    if (isLost) this.lost.push(name)
    return isLost
  }
}

/** What a request writes, in words that are the same in every run; undefined if it only reads. */
function writeIn({ method = '', url = '', headers }: IncomingMessage, body: Buffer): string | undefined {
  const target = String(headers['x-amz-target'] ?? '')
  if (target.startsWith('DynamoDB')) return same(tableWrite(target.split('.')[1] ?? '', JSON.parse(`${body}`)))
  if (target !== '' || method === 'GET' || method === 'HEAD') return undefined
  const { pathname, searchParams } = new URL(url, 'http://aws')
  const [, , ...key] = decodeURIComponent(pathname).split('/')
  const kinds = ['delete', 'uploads', 'partNumber', 'uploadId'].filter((name) => searchParams.has(name))
  return same([method, ...kinds, key.join('/')].join(' '))
}

/** Sessions, runs and the tests' pipelines have names of their own each time (freshName), and the stack's spend log grows. */
function same(write: string | undefined): string | undefined {
  return write
    ?.replaceAll(/[0-9A-Z]{26}/g, '<id>')
    .replaceAll(/[a-z]+_[0-9a-f]{8}/g, '<name>')
    .replace(/(spend#log\/[\d-]+#)\d+/, '$1<place>')
}

// biome-ignore lint/suspicious/noExplicitAny: the body of any action
function tableWrite(action: string, body: any): string | undefined {
  if (!/^(Update|Delete|Put|BatchWrite|TransactWrite)/.test(action)) return undefined
  // biome-ignore lint/suspicious/noExplicitAny: a key in DynamoDB's form
  const nameOf = ({ pipeline, record }: any) => `${pipeline.S}/${record.S}`
  if (action === 'TransactWriteItems')
    // biome-ignore lint/suspicious/noExplicitAny: one update of several
    return [action, ...body.TransactItems.map(({ Update }: any) => nameOf(Update.Key))].join(' ')
  return body.Key === undefined ? action : `${action} ${nameOf(body.Key)}`
}
