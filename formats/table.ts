/** What every format is read as. */
import type { Json } from '../core/text/json.ts'

export interface Row<Item extends Json = Json> {
  item: Item
  /** Where it stands, for messages: `line 4`, `row 4`. */
  place: string
}

/** A row of a table: its fields are its columns. */
export type TableRow = Row<{ [column: string]: Json }>

export interface Source<Item extends Json = Json> {
  /** Throws JsonInvalid. */
  items(): AsyncIterable<Row<Item>>
  /** What it was taken for, without a full stop. Complete when the items were read. */
  readAs(): string
}

/** Rows and columns. */
export type Table = Source<TableRow['item']>
