/** What `push` needs of AWS, as a server in this process: it takes everything and keeps nothing, so that only the command is measured. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LoopbackAws {
  /** Variables with which a command finds it instead of AWS. */
  env: Record<string, string>
  /** Bytes that came as content of files. */
  received(): number
  close(): void
}

export async function startLoopbackAws(): Promise<LoopbackAws> {
  let received = 0
  const server = createServer(async (request, response) => {
    let body = 0
    for await (const chunk of request) body += chunk.length
    if (request.method === 'PUT') received += body
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    received: () => received,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const outputs = {
  BucketName: 'bench-bucket',
  TableName: 'bench',
  StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:bench',
}

/** Of a table without rows and a bucket without objects. */
function answer({ method, url = '', headers }: IncomingMessage, response: ServerResponse): void {
  const xml = (text: string) => response.writeHead(200, { 'content-type': 'text/xml', etag: '"part"' }).end(text)
  if (headers['x-amz-target'] !== undefined)
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}')
  else if (method === 'PUT') xml('')
  else if (method === 'HEAD' || method === 'GET') response.writeHead(404).end()
  else if (url.includes('uploads'))
    xml('<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>')
  else if (url.includes('uploadId'))
    xml('<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>')
  else
    xml(
      `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Outputs>${members()}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    )
}

function members(): string {
  return Object.entries(outputs)
    .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
    .join('')
}
