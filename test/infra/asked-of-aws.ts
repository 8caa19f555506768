/** Which actions on which resources a request to AWS asks for, as IAM names them. */
import type { IncomingMessage } from 'node:http'

export interface Asked {
  action: string
  resource: string
  /** Partition keys of a table's items (dynamodb:LeadingKeys). */
  partitions: string[]
}

const region = 'us-east-1'
const account = '000000000000'

/** Services of the query protocol: CloudFormation, and STS, which tells everybody who they are. */
export function askedByQuery(body: Buffer, stack: string): Asked[] {
  const action = new URLSearchParams(`${body}`).get('Action') ?? ''
  return action === 'GetCallerIdentity' ? [] : [asked(`cloudformation:${action}`, stack)]
}

/** Requests in path style: /bucket/key. */
export function askedOfS3({ method = '', url = '', headers }: IncomingMessage, body: Buffer): Asked[] {
  const { pathname, searchParams } = new URL(url, 'http://aws')
  const [, bucket = '', ...rest] = decodeURIComponent(pathname).split('/')
  const key = rest.join('/')
  const of = (action: string, name = key) =>
    asked(`s3:${action}`, `arn:aws:s3:::${bucket}${name === '' ? '' : `/${name}`}`)
  if (key === '' && searchParams.has('delete'))
    return [...`${body}`.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, name]) => of('DeleteObject', name))
  if (key === '') return [of('ListBucket')]
  const tagged = 'x-amz-tagging' in headers ? [of('PutObjectTagging')] : []
  if (method === 'GET' || method === 'HEAD') return [of('GetObject')]
  if (method === 'DELETE') return [of(searchParams.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject')]
  return [of('PutObject'), ...tagged]
}

// biome-ignore lint/suspicious/noExplicitAny: the body of any service
export function askedOfService(target: string, body: any): Asked[] {
  const [service = '', action = ''] = target.split('.')
  if (service.startsWith('DynamoDB')) return askedOfTable(action, body)
  if (service === 'secretsmanager') return [asked(`secretsmanager:${action}`, body.SecretId)]
  return [asked(`states:${action}`, body.stateMachineArn ?? body.executionArn)]
}

// biome-ignore lint/suspicious/noExplicitAny: the body of any action
function askedOfTable(action: string, body: any): Asked[] {
  const table = (name: string, index?: string) =>
    `arn:aws:dynamodb:${region}:${account}:table/${name}${index === undefined ? '' : `/index/${index}`}`
  if (action === 'TransactWriteItems')
    // biome-ignore lint/suspicious/noExplicitAny: one of Put, Update, Delete, ConditionCheck
    return body.TransactItems.flatMap((item: any) =>
      Object.entries(item).flatMap(([kind, inner]) =>
        askedOfTable(kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`, inner),
      ),
    )
  if (action === 'BatchWriteItem') {
    // biome-ignore lint/suspicious/noExplicitAny: PutRequest or DeleteRequest
    return Object.entries<any>(body.RequestItems).map(([name, requests]) => ({
      ...asked(`dynamodb:${action}`, table(name)),
      // biome-ignore lint/suspicious/noExplicitAny: PutRequest or DeleteRequest
      partitions: requests.map((each: any) => (each.DeleteRequest ?? { Key: each.PutRequest.Item }).Key.pipeline.S),
    }))
  }
  const partition = (body.Key ?? body.Item)?.pipeline?.S
  return [
    {
      ...asked(`dynamodb:${action}`, table(body.TableName, body.IndexName)),
      partitions: partition === undefined ? [] : [partition],
    },
  ]
}

function asked(action: string, resource: string): Asked {
  return { action, resource, partitions: [] }
}
