/**
 * The table: records by partition and sort key. Everything is read consistently, and nothing is ever scanned. The SDK sends a request
 * again if its answer is lost, so each write must come to the same if it is made twice: see `change`, `changeOnce`, `together`.
 */

import { randomUUID } from 'node:crypto'
import {
  BatchWriteCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { isRefused, reading, writing } from './aws-errors.ts'
import { type Change, expressionsOf, namesIn, type TableRow } from './change-expression.ts'
import { reasonsOf, unlessMeeting } from './meeting.ts'

export interface Key {
  pipeline: string
  record: string
}

export type { Change, TableRow } from './change-expression.ts'

export type Changed = { done: true; row: TableRow } | { done: false }

/** The mark of a write that counts once: a field of its worker, in which each write has a higher number. */
export interface Mark {
  field: string
  number: number
}

/** The sparse index that lists the pipelines. */
export const listedIndex = 'listed'

/** What BatchWriteItem takes at once. */
const mostRemoved = 25

export class Table {
  readonly #db: DynamoDBDocumentClient
  readonly #name: string

  constructor(db: DynamoDBDocumentClient, name: string) {
    this.#db = db
    this.#name = name
  }

  /** Throws StoreUnreadable. */
  async get(key: Key): Promise<TableRow | undefined> {
    const input = { TableName: this.#name, Key: { ...key }, ConsistentRead: true }
    return (await reading(placeOf(key), () => this.#db.send(new GetCommand(input)))).Item
  }

  /**
   * Changes a record, or makes it, and returns the new record. For changes that come to the same if they are made twice: fields
   * that are set, on a condition that still holds afterwards or whose refusal says the same. Throws StoreUnwritable.
   */
  async change(key: Key, change: Change): Promise<Changed> {
    const input = { ...this.#updateOf(key, change), ReturnValues: 'ALL_NEW' as const }
    return writing(placeOf(key), async () => {
      try {
        const { Attributes = {} } = await unlessMeeting(() => this.#db.send(new UpdateCommand(input)))
        return { done: true, row: Attributes }
      } catch (error) {
        if (isRefused(error)) return { done: false }
        throw error
      }
    })
  }

  /**
   * Makes a change that must not happen twice, such as adding an amount. Its mark stays in the record until the worker's next one, so
   * that a request which is sent again is refused, and known as done. Returns the record in any case. Throws StoreUnwritable,
   * StoreUnreadable.
   */
  async changeOnce(
    key: Key,
    { set, when, ...change }: Change,
    { field, number }: Mark,
  ): Promise<{ done: boolean; row: TableRow | undefined }> {
    const isNew = `(attribute_not_exists(#${field}) OR #${field} < :${field})`
    const holds = when === undefined ? isNew : `(${when.holds}) AND ${isNew}`
    const marked = { ...change, set: { ...set, [field]: number }, when: { ...when, holds } }
    const changed = await this.change(key, marked)
    if (changed.done) return changed
    const row = await this.get(key)
    return { done: row?.[field] === number, row }
  }

  /** Makes and changes several records, all or none, and once. False if a condition did not hold. Throws StoreUnwritable. */
  async together(changes: readonly { key: Key; change: Change }[]): Promise<boolean> {
    const items = changes.map(({ key, change }) => ({ Update: this.#updateOf(key, change) }))
    // AWS knows by it for ten minutes that a request is one which it has carried out.
    let token = randomUUID()
    return writing(changes.map(({ key }) => placeOf(key)).join(', '), async () => {
      try {
        await unlessMeeting(async () => {
          const input: TransactWriteCommandInput = { TransactItems: items, ClientRequestToken: token }
          await this.#db.send(new TransactWriteCommand(input)).catch((error: unknown) => {
            // Nothing was done: the next one is a new request.
            if (reasonsOf(error).length > 0) token = randomUUID()
            throw error
          })
        })
        return true
      } catch (error) {
        if (reasonsOf(error).includes('ConditionalCheckFailed')) return false
        throw error
      }
    })
  }

  /** The records of a partition whose sort keys begin with a text, in the order of these keys. */
  async *below(pipeline: string, begins = '', input: Partial<QueryCommandInput> = {}): AsyncGenerator<TableRow> {
    const condition =
      begins === '' ? '#pipeline = :pipeline' : '#pipeline = :pipeline AND begins_with(#record, :begins)'
    yield* this.#query(`the records of ${pipeline}`, {
      ConsistentRead: true,
      KeyConditionExpression: condition,
      ...input,
      ExpressionAttributeNames: { ...namesIn(condition), ...input.ExpressionAttributeNames },
      ExpressionAttributeValues: {
        ':pipeline': pipeline,
        ...(begins === '' ? {} : { ':begins': begins }),
        ...input.ExpressionAttributeValues,
      },
    })
  }

  /** The pipelines that have versions, in the order of their names. Reads of an index may lag by a moment. */
  async *listed(): AsyncGenerator<TableRow> {
    yield* this.#query('the list of pipelines', {
      IndexName: listedIndex,
      KeyConditionExpression: '#listed = :listed',
      ExpressionAttributeNames: { '#listed': 'listed' },
      ExpressionAttributeValues: { ':listed': 'pipeline' },
    })
  }

  async *#query(place: string, input: Partial<QueryCommandInput>): AsyncGenerator<TableRow> {
    let from: TableRow | undefined
    do {
      const query = { ...input, TableName: this.#name, ExclusiveStartKey: from }
      const { Items = [], LastEvaluatedKey } = await reading(place, () => this.#db.send(new QueryCommand(query)))
      yield* Items
      from = LastEvaluatedKey
    } while (from !== undefined)
  }

  /** Removes a record if a condition holds. Throws StoreUnwritable. */
  async removeIf(key: Key, when: Change['when'] & object): Promise<void> {
    const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = expressionsOf({ when })
    const condition = { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues }
    await writing(placeOf(key), async () => {
      try {
        await this.#db.send(new DeleteCommand({ TableName: this.#name, Key: { ...key }, ...condition }))
      } catch (error) {
        if (!isRefused(error)) throw error
      }
    })
  }

  /** Removes records of one partition; nothing if there are none. */
  async remove(keys: readonly Key[]): Promise<void> {
    for (let from = 0; from < keys.length; from += mostRemoved)
      await this.#removeAll(keys.slice(from, from + mostRemoved))
  }

  async #removeAll(keys: readonly Key[]): Promise<void> {
    const [first] = keys
    if (first === undefined) return
    const requests = keys.map(({ pipeline, record }) => ({ DeleteRequest: { Key: { pipeline, record } } }))
    await writing(placeOf(first), async () => {
      const { UnprocessedItems } = await this.#db.send(
        new BatchWriteCommand({ RequestItems: { [this.#name]: requests } }),
      )
      // What a busy partition did not take goes one by one, since the SDK retries single requests.
      for (const { DeleteRequest } of UnprocessedItems?.[this.#name] ?? [])
        await this.#db.send(new DeleteCommand({ TableName: this.#name, Key: DeleteRequest?.Key }))
    })
  }

  #updateOf(key: Key, change: Change) {
    return { TableName: this.#name, Key: { ...key }, ...expressionsOf(change) }
  }
}

/** How messages name a record. */
function placeOf({ pipeline, record }: Key): string {
  return `the record ${record} of ${pipeline} in the table`
}
