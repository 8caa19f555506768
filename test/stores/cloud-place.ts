/** A bucket and a table of their own for a test, on the server that AWS_ENDPOINT_URL names; removed when it ends. */
import { randomBytes } from 'node:crypto'
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { CloudClients, CloudPlace } from '../../stores/s3-dynamodb.ts'

/** Undefined where no server is named: then these tests cannot run. */
export const endpoint = process.env.AWS_ENDPOINT_URL

/** Plain clients of the server: what a store made by them does is as if with the defaults, but for the retries. */
export function cloudClients({
  url = endpoint,
  maxAttempts = 3,
}: {
  url?: string
  maxAttempts?: number
} = {}): CloudClients {
  const config = {
    endpoint: url,
    maxAttempts,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  const handler = { httpAgent: { maxSockets: 128, keepAlive: true } }
  const s3 = new S3Client({ ...config, forcePathStyle: true, requestHandler: handler })
  const db = new DynamoDBClient({ ...config, requestHandler: handler })
  return { s3, db: DynamoDBDocumentClient.from(db, { marshallOptions: { removeUndefinedValues: true } }) }
}

export interface CloudTestPlace extends CloudPlace {
  clients: CloudClients
  remove(): Promise<void>
}

/** The table as the stack has it: keys `pipeline` and `record`, and the sparse index `listed`. */
export async function makeCloudPlace(clients = cloudClients()): Promise<CloudTestPlace> {
  const name = `itemwise-${randomBytes(6).toString('hex')}`
  await Promise.all([clients.s3.send(new CreateBucketCommand({ Bucket: name })), makeTable(clients, name)])
  const remove = async () => {
    await Promise.all([removeBucket(clients, name), clients.db.send(new DeleteTableCommand({ TableName: name }))])
  }
  return { bucket: name, table: name, clients, remove }
}

async function makeTable({ db }: CloudClients, TableName: string): Promise<void> {
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const })
  const keys = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ]
  await db.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pipeline', 'record', 'listed'].map(text),
      KeySchema: keys('pipeline', 'record'),
      GlobalSecondaryIndexes: [
        { IndexName: 'listed', KeySchema: keys('listed', 'pipeline'), Projection: { ProjectionType: 'ALL' } },
      ],
    }),
  )
  // The document client is a client of the same configuration.
  await waitUntilTableExists({ client: db as unknown as DynamoDBClient, maxWaitTime: 30, minDelay: 1 }, { TableName })
}

async function removeBucket({ s3 }: CloudClients, Bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
    if (Contents.length === 0) break
    await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key: Key ?? '' })) } }),
    )
  }
  await s3.send(new DeleteBucketCommand({ Bucket }))
}
