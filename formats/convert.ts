/** Converts inputs that are no plain arrays into JSON lines, in a temporary file. Each format is loaded only when it is needed. */
import { PathOutside, RequestRefused } from '../core/errors.ts'
import { areInMemory, type Conversion, type Convert, type WantedInput } from '../core/items/conversion.ts'
import { type InputPath, rowsOf, splitPointer } from '../core/items/input-rows.ts'
import { findInput, resolvedPath } from '../core/request/input-path.ts'
import type { Store } from '../core/store.ts'
import { hashingRead } from '../core/text/hashing-read.ts'
import { jsonText } from '../core/text/json.ts'
import { JsonInvalid } from '../core/text/json-array.ts'
import { tooDeepText } from '../core/text/nesting.ts'
import { type Format, formatOf, isGzip, sniffedFormat } from './format-of.ts'
import { type Bytes, type Spooled, spool } from './spool.ts'
import type { Row, Source, TableRow } from './table.ts'
import { headOf } from './text/encoding.ts'
import { isPattern, textFiles } from './text/text-files.ts'
import { typedRows } from './typed-rows.ts'
import { unpacked } from './unpacked.ts'

/** What an input is read from. */
interface Opened {
  source: string | null
  source_sha256: string | null
  input: Source
  files: string[]
}

type Stdin = (() => AsyncIterable<Uint8Array>) | null

/** `stdin`: what is piped into this process; null if nothing is. */
export function converter(stdin: Stdin): Convert {
  return async (store, wanted) => {
    try {
      const opened = await open(store, wanted, stdin)
      return opened === null ? null : await converted(opened, wanted)
    } catch (error) {
      if (error instanceof PathOutside) throw new RequestRefused([error.message])
      if (error instanceof JsonInvalid)
        throw new RequestRefused([`it ${error.message.replace(/(?<![?.])$/, '.')}`], { cause: error })
      throw error
    }
  }
}

async function converted({ source, source_sha256, input, files }: Opened, { types }: WantedInput): Promise<Conversion> {
  let items = 0
  const rows = Object.keys(types).length === 0 ? input.items() : typedRows(input.items(), types)
  async function* lines() {
    for await (const { item } of rows) {
      items += 1
      yield `${jsonText(item)}\n`
    }
  }
  const { read, size, sha256 } = await spool(lines())
  return {
    source,
    source_sha256,
    read_as: input.readAs(),
    items,
    sha256,
    size,
    files,
    read: (_path, range) => read(range),
  }
}

/** Null for a plain array. */
async function open(store: Store, { written, types }: WantedInput, stdin: Stdin): Promise<Opened | null> {
  if (written === '-') return fromStdin(stdin)
  if (areInMemory(written)) return null
  const { path, pointer } = splitPointer(written)
  const place = await resolvedPath(store, path)
  if (isPattern(place) || (await isFolder(store, place))) {
    const { files, input } = await textFiles(store, place)
    return { source: place, source_sha256: null, input, files }
  }
  const { resolved } = await findInput(store, written)
  const format = formatOf(resolved)
  if (format === null) throw new RequestRefused([`it cannot be read as an array. ${expected}`])
  const bytes: Bytes = { read: (range) => store.read(resolved, range), size: (await store.size(resolved)) ?? 0 }
  const input = await sourceOf(bytes, format, pointer)
  if (input.isPlain && Object.keys(types).length === 0) return null
  return { source: resolved, source_sha256: await hashingRead(store).sha256(resolved), input, files: [resolved] }
}

const noStdin =
  'nothing is piped into this command. Expected items on stdin: `itemwise run … < items.json`. Pipe them in, or name a file.'

const expected =
  'Expected .json, .jsonl, .csv or .tsv (each also packed, as .csv.gz), .xlsx, .parquet, a folder, a pattern such as inputs/letters/*.md, or - for stdin.'

async function isFolder(store: Store, path: string): Promise<boolean> {
  return path.endsWith('/') || ((await store.size(path)) === undefined && (await store.list(path)).length > 0)
}

/** Stdin can be read once; it may be asked for again, by another step or another check. */
const piped = new WeakMap<NonNullable<Stdin>, Promise<Spooled>>()

async function fromStdin(stdin: Stdin): Promise<Opened> {
  if (stdin === null) throw new RequestRefused([noStdin])
  const spooled = piped.get(stdin) ?? spool(stdin())
  piped.set(stdin, spooled)
  const { sha256, ...raw } = await spooled
  const isPacked = isGzip(await headOf(raw, 2))
  const bytes = isPacked ? await unpacked(raw) : raw
  const input = await sourceOf(bytes, { name: await sniffedFormat(bytes), isPacked: false }, '')
  return { source: null, source_sha256: sha256, input, files: [] }
}

interface FoundSource extends Source {
  /** An array that is read where it is. */
  isPlain: boolean
}

async function sourceOf(given: Bytes, { name, isPacked }: Format, fragment: string): Promise<FoundSource> {
  const bytes = isPacked ? await unpacked(given) : given
  const packed = (words: string) => (isPacked ? `${words}, unpacked` : words)
  if (name === 'json' || name === 'jsonl') {
    const path = { path: `x.${name}`, pointer: fragment }
    const readAs = () => packed(name === 'json' ? 'JSON' : 'JSON Lines')
    return { isPlain: !isPacked, items: () => jsonItems(path, bytes), readAs }
  }
  if (name !== 'xlsx' && fragment !== '')
    throw new JsonInvalid(
      `is a .${name} file. #${fragment} can point only into a .json file, or name a sheet of an .xlsx file`,
    )
  const table = await (name === 'xlsx'
    ? (await import('./xlsx/xlsx-table.ts')).xlsxTable(bytes, fragment)
    : name === 'parquet'
      ? (await import('./parquet/parquet-table.ts')).parquetTable(bytes)
      : (await import('./text/csv-table.ts')).csvTable(bytes, `.${name}`))
  const isPlain = 'isPlain' in table && table.isPlain === true && !isPacked
  const items = name === 'xlsx' ? () => withEmptyTexts(table.items()) : table.items
  return { items, isPlain, readAs: () => packed(table.readAs()) }
}

/** An empty cell of a workbook is an empty text, as it is in CSV. */
async function* withEmptyTexts(rows: AsyncIterable<TableRow>): AsyncGenerator<TableRow> {
  for await (const { item, place } of rows) {
    const fields = Object.entries(item).map(([name, value]) => [name, value ?? ''])
    yield { item: Object.fromEntries(fields), place }
  }
}

async function* jsonItems(path: InputPath, bytes: Bytes): AsyncGenerator<Row> {
  for await (const { value, line, isTooDeep } of rowsOf(path, bytes.read())) {
    if (isTooDeep) throw new JsonInvalid(`has an item ${tooDeepText} (line ${line}). Make it flatter, or leave it out`)
    yield { item: value, place: `line ${line}` }
  }
}
