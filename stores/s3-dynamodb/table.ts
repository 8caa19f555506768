/** The table: records by partition and sort key. Everything is read consistently, and nothing is ever scanned. */

import { setTimeout as wait } from 'node:timers/promises'
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
import { atMostOnce, Unsure } from './at-most-once.ts'
import { isRefused, reading, writing } from './aws-errors.ts'
import { type Change, expressionsOf, namesIn, type TableRow } from './change.ts'

export interface Key {
  pipeline: string
  record: string
}

export type { Change, TableRow } from './change.ts'

export type Changed = { done: true; row: TableRow } | { done: false }

/** The sparse index that lists the pipelines. */
export const listedIndex = 'listed'

/** What BatchWriteItem takes at once. */
const mostRemoved = 25

/** Errors of two writers that met at one record; the SDK does not retry them. Waits of up to 0.05+0.1+… = 6.4 s. */
const mostMeetings = 8

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

  /** Changes a record, or makes it, and returns the new record. Throws StoreUnwritable. */
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
   * Makes a change that must not happen twice, such as subtracting an amount. If it is unknown whether
   * AWS made it, it is not tried again. Throws StoreUnwritable.
   */
  async changeOnce(key: Key, change: Change): Promise<void> {
    const input = this.#updateOf(key, change)
    await writing(placeOf(key), async () => {
      try {
        await unlessMeeting(() => this.#db.send(atMostOnce(new UpdateCommand(input))))
      } catch (error) {
        if (!isRefused(error) && !(error instanceof Unsure)) throw error
      }
    })
  }

  /** Makes and changes several records, all or none. False if a condition did not hold. Throws StoreUnwritable. */
  async together(changes: readonly { key: Key; change: Change }[]): Promise<boolean> {
    const items = changes.map(({ key, change }) => ({ Update: this.#updateOf(key, change) }))
    const input: TransactWriteCommandInput = { TransactItems: items }
    return writing(changes.map(({ key }) => placeOf(key)).join(', '), async () => {
      try {
        await unlessMeeting(() => this.#db.send(new TransactWriteCommand(input)))
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

async function unlessMeeting<T>(send: () => Promise<T>): Promise<T> {
  for (let meetings = 0; ; meetings++) {
    try {
      return await send()
    } catch (error) {
      if (!isMeeting(error) || meetings === mostMeetings - 1) throw error
      await wait(Math.random() * 50 * 2 ** meetings)
    }
  }
}

function isMeeting(error: unknown): boolean {
  if (error instanceof Error && error.name === 'TransactionConflictException') return true
  const reasons = reasonsOf(error)
  return reasons.includes('TransactionConflict') && !reasons.includes('ConditionalCheckFailed')
}

/** Why a transaction was cancelled, in the order of its parts. */
function reasonsOf(error: unknown): string[] {
  const { CancellationReasons = [] } = (error ?? {}) as { CancellationReasons?: { Code?: string }[] }
  return CancellationReasons.map(({ Code = '' }) => Code)
}
