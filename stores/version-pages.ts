/** What the table says of pipelines and versions beyond the port: pages, each one query, and whose run a version is. */
import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { Metadata } from '../core/documents.ts'
import { RecordUnreadable } from '../core/errors.ts'
import type { ListedPipeline, Page, Pages, PageWanted, VersionPage } from '../core/pages.ts'
import type { VersionRef } from '../core/store.ts'
import { reading } from './s3-dynamodb/aws-errors.ts'
import { defaultClients } from './s3-dynamodb/clients.ts'
import { metadataOf, stateKey, versionKey, versionPrefix } from './s3-dynamodb/records.ts'
import { type Key, listedIndex, type TableRow } from './s3-dynamodb/table.ts'

export class VersionPages implements Pages {
  readonly #table: string
  readonly #db: DynamoDBDocumentClient

  constructor(table: string, db: DynamoDBDocumentClient = defaultClients().db) {
    this.#table = table
    this.#db = db
  }

  /** Pipelines by name. */
  async pipelines({ limit, after }: PageWanted): Promise<Page<ListedPipeline>> {
    const { Items = [], LastEvaluatedKey } = await this.#query({
      IndexName: listedIndex,
      KeyConditionExpression: `listed = :listed${after === undefined ? '' : ' AND pipeline > :after'}`,
      ExpressionAttributeValues: { ':listed': 'pipeline', ...(after !== undefined && { ':after': after }) },
      Limit: limit,
    })
    const found = Items.map(({ pipeline, latest_version }) => ({ pipeline, latest: latest_version ?? null }))
    return { found, last: LastEvaluatedKey?.pipeline }
  }

  /** The records of a pipeline's versions, newest first; of those that are damaged what is wrong with them. */
  async versions(pipeline: string, { limit, after }: PageWanted): Promise<VersionPage> {
    const { Items = [], LastEvaluatedKey } = await this.#query({
      KeyConditionExpression: 'pipeline = :pipeline AND begins_with(#record, :version)',
      ExpressionAttributeNames: { '#record': 'record' },
      ExpressionAttributeValues: { ':pipeline': pipeline, ':version': versionPrefix },
      ScanIndexForward: false,
      Limit: limit,
      ...(after !== undefined && { ExclusiveStartKey: { pipeline, record: after } }),
    })
    return { ...readable(Items), last: LastEvaluatedKey?.record }
  }

  /** The id of the run that writes a version, or else of the one that began it; undefined where no run on AWS did. */
  async runOf(ref: VersionRef): Promise<string | undefined> {
    const [state, version] = await Promise.all([this.#get(stateKey(ref)), this.#get(versionKey(ref))])
    const writer = /^(?:execution|the ending of run) (.+)$/.exec(String(state?.holder ?? ''))?.[1]
    return writer ?? (typeof version?.run_id === 'string' ? version.run_id : undefined)
  }

  async #get(key: Key): Promise<TableRow | undefined> {
    const input = { TableName: this.#table, Key: { ...key }, ConsistentRead: true }
    return (await reading('the table', () => this.#db.send(new GetCommand(input)))).Item
  }

  #query(input: Omit<ConstructorParameters<typeof QueryCommand>[0], 'TableName'>) {
    return reading('the table', () => this.#db.send(new QueryCommand({ TableName: this.#table, ...input })))
  }
}

function readable(rows: TableRow[]): { found: Metadata[]; unreadable: string[] } {
  const found: Metadata[] = []
  const unreadable: string[] = []
  for (const row of rows) {
    try {
      found.push(metadataOf(row))
    } catch (error) {
      if (!(error instanceof RecordUnreadable)) throw error
      unreadable.push(error.message)
    }
  }
  return { found, unreadable }
}
