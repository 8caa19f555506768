/** A Parquet file as items: some rows at a time, column by column. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { AsyncBuffer, ColumnData, Compressors, FileMetaData } from 'hyparquet'
import { parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet'
import type { Json } from '../../core/text/json.ts'
import { JsonInvalid } from '../../core/text/json-array.ts'
import type { Bytes } from '../spool.ts'
import type { Table, TableRow } from '../table.ts'
import { parsers, reader } from './values.ts'

/** Node has what the library leaves to others. */
const compressors: Compressors = {
  GZIP: (packed) => gunzipSync(packed),
  BROTLI: (packed) => brotliDecompressSync(packed),
  ZSTD: (packed) => zstdDecompressSync(packed),
}

/** Decoded at a time. A group of rows is decoded again from its beginning for each part of it. */
const rowsAtOnce = 100_000

/** Throws JsonInvalid. */
export async function parquetTable(bytes: Bytes): Promise<Table> {
  const file = asyncBuffer(bytes)
  const metadata = await clearly(() => parquetMetadataAsync(file))
  const readers = new Map(parquetSchema(metadata).children.map(({ element }) => [element.name, reader(element)]))
  const rows = Number(metadata.num_rows)
  return {
    items: () => items({ file, metadata, readers }),
    readAs: () => `Parquet, ${readers.size} columns, ${rows} rows`,
  }
}

interface Opened {
  file: AsyncBuffer
  metadata: FileMetaData
  readers: Map<string, (value: unknown) => Json>
}

async function* items(opened: Opened): AsyncGenerator<TableRow> {
  let groupStart = 0
  for (const { num_rows } of opened.metadata.row_groups) {
    const groupEnd = groupStart + Number(num_rows)
    for (let from = groupStart; from < groupEnd; from += rowsAtOnce)
      yield* part(opened, from, Math.min(groupEnd, from + rowsAtOnce))
    groupStart = groupEnd
  }
}

async function* part({ file, metadata, readers }: Opened, rowStart: number, rowEnd: number): AsyncGenerator<TableRow> {
  const columns = new Map<string, Column>()
  for (const name of readers.keys()) columns.set(name, new Column())
  const onChunk = (chunk: ColumnData) => columns.get(chunk.columnName)?.add(chunk)
  await clearly(() => parquetRead({ file, metadata, compressors, parsers, rowStart, rowEnd, onChunk }))
  for (let row = rowStart; row < rowEnd; row++) {
    const fields = [...readers].map(([name, toJson]) => [name, toJson(columns.get(name)?.at(row))])
    yield { item: Object.fromEntries(fields), place: `row ${row + 1}` }
  }
}

/** The decoded pieces of one column, read in order. */
class Column {
  readonly #chunks: ColumnData[] = []
  #current = 0

  add(chunk: ColumnData): void {
    this.#chunks.push(chunk)
  }

  at(row: number): unknown {
    while (this.#current < this.#chunks.length - 1 && row >= this.#chunks[this.#current]!.rowEnd) this.#current += 1
    const chunk = this.#chunks[this.#current]
    return chunk?.columnData[row - chunk.rowStart]
  }
}

function asyncBuffer(bytes: Bytes): AsyncBuffer {
  return {
    byteLength: bytes.size,
    async slice(start, end = bytes.size) {
      const from = start < 0 ? Math.max(0, bytes.size + start) : start
      const chunks = await Array.fromAsync(bytes.read([from, Math.min(end, bytes.size)]))
      return Uint8Array.from(Buffer.concat(chunks)).buffer
    },
  }
}

async function clearly<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    throw new JsonInvalid(
      `cannot be read as Parquet: ${(cause as Error).message}. Write it again, packed with snappy, gzip or zstd`,
      { cause },
    )
  }
}
