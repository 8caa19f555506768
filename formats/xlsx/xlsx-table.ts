/** A sheet of a workbook as items: its first row with content names the fields. */
import { checkedHeader } from '../../core/items/csv-items.ts'
import { type Json, jsonText } from '../../core/text/json.ts'
import { JsonInvalid } from '../../core/text/json-array.ts'
import type { Bytes } from '../spool.ts'
import type { Table, TableRow } from '../table.ts'
import { openArchive } from './archive.ts'
import { columnName } from './column-name.ts'
import { type CellNotes, type SheetRow, sheetRows } from './sheet-rows.ts'
import { chosenSheet, readWorkbook, type Sheet, type Workbook } from './workbook.ts'

/** `name`: that of the sheet; empty for the first one that is visible. Throws JsonInvalid. */
export async function xlsxTable(bytes: Bytes, name: string): Promise<Table> {
  const archive = await openArchive(bytes)
  const book = await readWorkbook(archive)
  const sheet = chosenSheet(book, name)
  const notes: CellNotes = { errors: 0 }
  const rows = async function* (): AsyncGenerator<SheetRow> {
    const chunks = await archive.part(sheet.part)
    if (chunks === undefined) throw new JsonInvalid(`is damaged: its part ${sheet.part} is missing`)
    yield* sheetRows(chunks, { book, part: sheet.part, notes })
  }
  return { items: () => itemsOf(rows()), readAs: () => words(book, sheet, notes) }
}

function words({ sheets }: Workbook, sheet: Sheet, { errors }: CellNotes): string {
  const others = sheets.filter((other) => other !== sheet).map((other) => other.name)
  const only = others.length === 0 ? '' : ` (not taken: ${others.join(', ')})`
  return `sheet ${sheet.name}${only}${errors === 0 ? '' : `, ${errors} cells with an error such as #N/A taken as empty`}`
}

async function* itemsOf(rows: AsyncIterable<SheetRow>): AsyncGenerator<TableRow> {
  let header: string[] | null = null
  let headerRow = 0
  for await (const { number, cells } of rows) {
    if (cells.every(isBlank)) continue
    if (header === null) {
      header = headerOf(cells)
      headerRow = number
      continue
    }
    yield { item: itemOf(cells, { header, headerRow, number }), place: `row ${number}` }
  }
}

/** Empty cells behind the last name are no columns. Throws JsonInvalid. */
function headerOf(cells: Json[]): string[] {
  const names = Array.from(cells, (cell) => (cell == null ? '' : typeof cell === 'string' ? cell : jsonText(cell)))
  while (names.at(-1) === '') names.pop()
  checkedHeader(names.map((name, at) => (name === '' ? `\0${at}` : name)))
  return names
}

function itemOf(
  cells: Json[],
  { header, headerRow, number }: { header: string[]; headerRow: number; number: number },
): TableRow['item'] {
  const item = Object.fromEntries(header.flatMap((name, at) => (name === '' ? [] : [[name, cells[at] ?? null]])))
  const unnamed = Object.keys(cells)
    .map(Number)
    .find((at) => (header[at] ?? '') === '' && !isBlank(cells[at]))
  if (unnamed === undefined) return item
  throw new JsonInvalid(
    `has a value in ${columnName(unnamed)}${number}, but no name for it in ${columnName(unnamed)}${headerRow}. Expected a header row with a name for each column; name the column, or move what does not belong to the table to another sheet`,
  )
}

function isBlank(cell: Json | undefined): boolean {
  return cell === undefined || cell === null || cell === ''
}
