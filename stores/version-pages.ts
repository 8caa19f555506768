/** Pages of pipelines and of versions from the table: each page is one query that reads only what it answers. */
import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { type Metadata, metadata } from '../core/documents.ts'
import { oneOffs, type VersionRef } from '../core/store.ts'
import { defaultClients } from './s3-dynamodb/clients.ts'
import { listedIndex } from './s3-dynamodb/table.ts'

export interface Page<T> {
  found: T[]
  /** The key after which the next page begins; undefined on the last one. */
  last: string | undefined
}

export interface PageWanted {
  limit: number
  /** The `last` of the page before. */
  after?: string | undefined
}

export interface ListedPipeline {
  pipeline: string
  latest: string | null
}

export interface VersionRecord {
  metadata: Metadata
  /** The run that wrote it last. */
  run_id: string | null
}

export class VersionPages {
  readonly #table: string
  readonly #db: DynamoDBDocumentClient

  constructor(table: string, db: DynamoDBDocumentClient = defaultClients().db) {
    this.#table = table
    this.#db = db
  }

  /** Pipelines by name. */
  async pipelines({ limit, after }: PageWanted): Promise<Page<ListedPipeline>> {
    const { Items = [], LastEvaluatedKey } = await this.#db.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: listedIndex,
        KeyConditionExpression: `listed = :listed${after === undefined ? '' : ' AND pipeline > :after'}`,
        ExpressionAttributeValues: { ':listed': 'pipeline', ...(after !== undefined && { ':after': after }) },
        Limit: limit,
      }),
    )
    const found = Items.map(({ pipeline, latest_version }) => ({ pipeline, latest: latest_version ?? null }))
    return { found, last: LastEvaluatedKey?.pipeline }
  }

  /** The records of a pipeline's versions, newest first. */
  async versions(pipeline: string, { limit, after }: PageWanted): Promise<Page<VersionRecord>> {
    const { Items = [], LastEvaluatedKey } = await this.#db.send(
      new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'pipeline = :pipeline AND #record BETWEEN :first AND :last',
        ExpressionAttributeNames: { '#record': 'record' },
        ExpressionAttributeValues: { ':pipeline': pipeline, ':first': 'version#', ':last': 'version$' },
        ScanIndexForward: false,
        Limit: limit,
        ...(after !== undefined && { ExclusiveStartKey: { pipeline, record: after } }),
      }),
    )
    return { found: Items.map(recordIn), last: LastEvaluatedKey?.record }
  }

  /** The record of one version. */
  async version({ pipeline, version }: VersionRef): Promise<VersionRecord | undefined> {
    const record = pipeline === oneOffs ? `version#${version}` : `version#${version.slice(1).padStart(8, '0')}`
    const { Item } = await this.#db.send(
      new GetCommand({ TableName: this.#table, Key: { pipeline, record }, ConsistentRead: true }),
    )
    return Item === undefined ? undefined : recordIn(Item)
  }
}

function recordIn(item: Record<string, unknown>): VersionRecord {
  return { metadata: metadata.parse(item), run_id: typeof item.run_id === 'string' ? item.run_id : null }
}
