/** What every part of a cloud store works with. */
import { defaultClients } from './clients.ts'
import { Objects } from './objects.ts'
import type { CloudOptions, CloudPlace } from './options.ts'
import { Table } from './table.ts'

export interface CloudContext {
  objects: Objects
  table: Table
  /** Epoch milliseconds. */
  now: () => number
  /** The execution that this process writes for, if there is one. */
  execution: { id: string; arn: string } | undefined
}

export function cloudContext(
  { bucket, table, region }: CloudPlace,
  { clients = defaultClients(region), now = Date.now, execution }: CloudOptions,
): CloudContext {
  return { objects: new Objects(clients.s3, bucket), table: new Table(clients.db, table), now, execution }
}
