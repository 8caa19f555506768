/** Items as a Parquet file, one group of rows after another. A nested value, and a column of several kinds, is JSON text. */
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { isExactNumber, type Json, jsonText } from '../../core/text/json.ts'
import { type Items, ownFields } from './columns.ts'

type Kind = 'text' | 'boolean' | 'integer' | 'number' | 'json'

/** Held in memory at a time. */
const rowsAtOnce = 5000

/** Columns are all fields of all items, so the items are read twice. */
export async function* parquet(items: Items): AsyncGenerator<Uint8Array> {
  const kinds = await kindsOf(items)
  const writer = new ByteWriter()
  const file = new ParquetWriter({ writer, schema: schemaOf(kinds), createdBy: 'itemwise' })
  let rows: { [key: string]: Json }[] = []
  const write = () => {
    if (rows.length === 0 || kinds.size === 0) return
    const columnData = [...kinds].map(([name, kind]) => ({ name, data: rows.map((row) => stored(row[name], kind)) }))
    file.write({ columnData, rowGroupSize: rowsAtOnce })
    rows = []
  }
  for await (const item of items()) {
    rows.push(ownFields(item))
    if (rows.length < rowsAtOnce) continue
    write()
    yield taken(writer)
  }
  write()
  file.finish()
  yield taken(writer)
}

/** What was written since the last time. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}

async function kindsOf(items: Items): Promise<Map<string, Kind>> {
  const kinds = new Map<string, Kind | null>()
  for await (const item of items()) {
    for (const [name, value] of Object.entries(ownFields(item))) {
      const kind = kindOf(value)
      const before = kinds.get(name) ?? null
      kinds.set(name, before === null || kind === null ? (before ?? kind) : both(before, kind))
    }
  }
  return new Map([...kinds].map(([name, kind]) => [name, kind ?? 'text']))
}

function kindOf(value: Json): Kind | null {
  if (value === null) return null
  if (typeof value === 'string') return 'text'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number' || isExactNumber(value)) return kindOfNumber(jsonText(value))
  return 'json'
}

/** A number of more digits than a column of numbers holds is JSON text, with all of them. */
function kindOfNumber(text: string): Kind {
  if (/^-?\d{1,18}$/.test(text) && text !== '-0') return 'integer'
  const digits = text.replaceAll(/[eE].*|[-.]/g, '').replace(/^0+/, '')
  return Number.isFinite(Number(text)) && digits.length <= 17 ? 'number' : 'json'
}

function both(one: Kind, other: Kind): Kind {
  if (one === other) return one
  const numbers: Kind[] = ['integer', 'number']
  return numbers.includes(one) && numbers.includes(other) ? 'number' : 'json'
}

function schemaOf(kinds: Map<string, Kind>): SchemaElement[] {
  const elements: Record<Kind, Pick<SchemaElement, 'type' | 'converted_type' | 'logical_type'>> = {
    text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
    // With a converted_type the library would write the text of the text.
    json: { type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } },
    boolean: { type: 'BOOLEAN' },
    integer: { type: 'INT64' },
    number: { type: 'DOUBLE' },
  }
  const columns = [...kinds].map(([name, kind]) => ({ name, ...elements[kind], repetition_type: 'OPTIONAL' as const }))
  return [{ name: 'root', num_children: columns.length }, ...columns]
}

function stored(value: Json | undefined, kind: Kind): unknown {
  if (value === undefined || value === null) return undefined
  if (kind === 'json') return new TextEncoder().encode(jsonText(value))
  if (kind === 'integer') return BigInt(jsonText(value))
  return kind === 'number' ? Number(jsonText(value)) : value
}
