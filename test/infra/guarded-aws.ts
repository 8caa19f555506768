/**
 * AWS behind a guard: a loopback server that hands requests on to LocalStack if the permissions of one Lambda allow them, and
 * refuses them as AWS does otherwise. LocalStack itself allows everybody everything.
 */
import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { type Asked, askedByQuery, askedOfS3, askedOfService } from './asked-of-aws.ts'

interface Statement {
  Action: string | string[]
  Resource: string | string[]
  Condition?: unknown
}

export class GuardedAws {
  /** What was refused: `open: s3:PutObject arn:…`. */
  readonly refused: string[] = []
  /** What was allowed, each once. */
  readonly allowed = new Set<string>()
  readonly #endpoint: URL
  readonly #server: Server
  #who = ''
  #statements: Statement[] = []

  readonly #stack: string

  /** `stack`: the ARN of the one stack that may be asked for. */
  constructor(endpoint: string, stack = '') {
    this.#endpoint = new URL(endpoint)
    this.#stack = stack
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** Whoever asks from now on. */
  becomes(who: string, statements: PolicyStatement[]): void {
    this.#who = who
    this.#statements = statements.map((statement) => statement.toStatementJson())
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>))
    const target = request.headers['x-amz-target']
    const isQuery = String(request.headers['content-type']).startsWith('application/x-www-form-urlencoded')
    const asked = isQuery
      ? askedByQuery(body, this.#stack)
      : target === undefined
        ? askedOfS3(request, body)
        : askedOfService(String(target), JSON.parse(`${body}`))
    const refused = asked.filter((each) => !this.#statements.some((statement) => allows(statement, each)))
    for (const each of asked) if (!refused.includes(each)) this.allowed.add(`${this.#who}: ${each.action}`)
    for (const { action, resource } of refused) this.refused.push(`${this.#who}: ${action} ${resource}`)
    if (refused.length > 0) return refuse(response, target !== undefined)
    const { hostname, port } = this.#endpoint
    const { method, url: path, headers } = request
    const onward = forward({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    onward.end(body)
  }
}

function refuse(response: ServerResponse, isJson: boolean): void {
  const xml = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
  const json = JSON.stringify({ __type: 'AccessDeniedException', message: 'not authorized' })
  response.writeHead(isJson ? 400 : 403, { 'content-type': isJson ? 'application/x-amz-json-1.0' : 'application/xml' })
  response.end(isJson ? json : xml)
}

function allows({ Action, Resource, Condition }: Statement, { action, resource, partitions }: Asked): boolean {
  if (![Action].flat().includes(action)) return false
  if (![Resource].flat().some((pattern) => isLike(resource, pattern))) return false
  if (Condition === undefined) return true
  // The only conditions there are: permissions.test.ts holds their texts.
  const isProgress = JSON.stringify(Condition).includes('progress#*')
  const takes = (key: string) => (isProgress ? key.startsWith('progress#') : !key.startsWith('reviews#'))
  return partitions.length > 0 && partitions.every(takes)
}

function isLike(text: string, pattern: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`, 's').test(text)
}
