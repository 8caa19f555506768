/** A server in this process that stands in for AWS where AWS has to fail. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Loopback extends AsyncDisposable {
  url: string
  /** Method and path of every request, in order. */
  requests: string[]
}

export async function startLoopback(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Loopback> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.split('?')[0]}`)
    request.resume()
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Refuses as S3 and DynamoDB do. A HEAD has no body to say why. */
export function refuse(status: number, code: string) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const table = request.headers['x-amz-target'] !== undefined
    const body = table
      ? JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: 'Refused.' })
      : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Refused.</Message></Error>`
    response.writeHead(status, { 'content-type': table ? 'application/x-amz-json-1.0' : 'application/xml' })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
}
