/**
 * Items as a workbook with one sheet, piece by piece. Own code over a zip library, since those for spreadsheets hold all rows in
 * memory (docs/decisions/0026). Text cells are typed as text, so nothing in them is ever a formula.
 */
import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { RequestRefused } from '../../core/errors.ts'
import { flatFields } from '../../core/items/flat-fields.ts'
import { isExactNumber, type Json, jsonText } from '../../core/text/json.ts'
import { columnName } from '../xlsx/column-name.ts'
import { allColumns, cellText, type Items } from './columns.ts'
import { fixedParts, sheetEnd, sheetStart } from './xlsx-parts.ts'

/** What a sheet and a cell can hold. */
const most = { rows: 1_048_576, columns: 16_384, characters: 32_767 }

/** The same items give the same bytes, whenever it is done. */
const mtime = new Date(1980, 0, 1)

/** Columns are all fields of all items, so the items are read twice. Throws RequestRefused for what does not fit into a sheet. */
export async function* xlsx(items: Items): AsyncGenerator<Uint8Array> {
  const columns = await checkedColumns(items)
  const zip = new ZipFile()
  const options = { mtime, forceDosTimestamp: true }
  for (const [path, text] of fixedParts) zip.addBuffer(Buffer.from(text), path, options)
  const rows = Readable.from(sheet(items, columns), { objectMode: false })
  zip.addReadStream(rows, 'xl/worksheets/sheet1.xml', options)
  zip.end()
  const output = zip.outputStream as Readable
  // The library does not end its output if what it reads from fails.
  rows.on('error', (error) => output.destroy(error))
  yield* output
}

async function checkedColumns(items: Items): Promise<string[]> {
  const long: string[] = []
  let rows = 1
  const columns = await allColumns(items, (row) => {
    rows += 1
    for (const [column, value] of row)
      if (cellText(value).length > most.characters) long.push(`${column} of item ${rows - 1}`)
  })
  const problems = [
    ...(rows > most.rows
      ? [`${rows - 1} items and a header are more than the ${most.rows} rows that a sheet can have`]
      : []),
    ...(columns.length > most.columns
      ? [`${columns.length} fields are more than the ${most.columns} columns that a sheet can have`]
      : []),
    ...(long.length > 0
      ? [
          `${long.length === 1 ? 'a text is' : `${long.length} texts are`} longer than the ${most.characters} characters that a cell can hold: ${long.slice(0, 20).join(', ')}${long.length > 20 ? ', …' : ''}`,
        ]
      : []),
  ]
  if (problems.length === 0) return columns
  throw new RequestRefused([
    `It does not fit into an .xlsx file: ${problems.join('; ')}. Nothing is cut off. Export it with --format csv, jsonl or parquet.`,
  ])
}

const rowsAtOnce = 200

async function* sheet(items: Items, columns: string[]): AsyncGenerator<string> {
  const letters = columns.map((_, at) => columnName(at))
  yield `${sheetStart(columns.length)}${rowXml(
    1,
    columns.map((name, at) => textCell(`${letters[at]}1`, name, ' s="1"')),
  )}`
  let number = 1
  let waiting = ''
  for await (const item of items()) {
    number += 1
    const values = new Map(flatFields(item))
    waiting += rowXml(
      number,
      columns.map((column, at) => cell(`${letters[at]}${number}`, values.get(column) ?? null)),
    )
    if (number % rowsAtOnce !== 0) continue
    yield waiting
    waiting = ''
  }
  yield `${waiting}${sheetEnd}`
}

function rowXml(number: number, cells: string[]): string {
  return `<row r="${number}">${cells.join('')}</row>`
}

function cell(place: string, value: Json): string {
  if (value === null) return ''
  if (typeof value === 'boolean') return `<c r="${place}" t="b"><v>${value ? 1 : 0}</v></c>`
  if (isHeldExactly(value)) return `<c r="${place}"><v>${jsonText(value)}</v></c>`
  return textCell(place, cellText(value))
}

/** A spreadsheet keeps 15 digits of a number; a longer one stays whole as text. */
function isHeldExactly(value: Json): boolean {
  if (typeof value !== 'number' && !isExactNumber(value)) return false
  const text = jsonText(value)
  return Number.isFinite(Number(text)) && text.replaceAll(/[eE].*|[-.]|^0+/g, '').length <= 15
}

function textCell(place: string, text: string, style = ''): string {
  return `<c r="${place}" t="inlineStr"${style}><is><t xml:space="preserve">${xmlText(text)}</t></is></c>`
}

// What XML does not have, and what would be read as such an escape.
const toEscape = /[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]|\p{Cs}|_(?=x[0-9A-Fa-f]{4}_)/gu

function xmlText(text: string): string {
  return text
    .replaceAll(toEscape, (letter) => `_x${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}
