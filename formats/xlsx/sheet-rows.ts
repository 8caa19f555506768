/** The rows of a sheet as lists of values, one after another: nothing of the sheet is held but what is not handed on yet. */
import { type Json, parseJson } from '../../core/text/json.ts'
import { JsonInvalid } from '../../core/text/json-array.ts'
import { someOf } from '../../core/text/nearest.ts'
import { columnName, columnOf } from './column-name.ts'
import { dateText } from './serial-dates.ts'
import { RichText, unescaped, type Workbook } from './workbook.ts'
import { xmlEvents } from './xml.ts'

export interface SheetRow {
  /** As the sheet numbers it, from 1. */
  number: number
  /** By column, from 0; a hole or null is an empty cell. */
  cells: Json[]
}

/** What is worth telling of cells, counted while rows are read. */
export interface CellNotes {
  /** Cells such as #N/A, which are taken as empty. */
  errors: number
}

/** Throws JsonInvalid, at the end for formulas whose results are not in the file. */
export async function* sheetRows(
  chunks: AsyncIterable<Uint8Array>,
  { book, part, notes }: { book: Workbook; part: string; notes: CellNotes },
): AsyncGenerator<SheetRow> {
  const reader = new SheetReader(book, notes)
  for await (const _piece of xmlEvents(chunks, part, reader)) yield* reader.take()
  const { uncomputed } = reader
  if (uncomputed.length === 0) return
  throw new JsonInvalid(
    `has formulas without results (${someOf(uncomputed)}). The program that wrote the file did not calculate them. Open it in a spreadsheet program and save it there`,
  )
}

class SheetReader {
  readonly uncomputed: string[] = []
  readonly #book: Workbook
  readonly #notes: CellNotes
  #rows: SheetRow[] = []
  #row: SheetRow = { number: 0, cells: [] }
  #column = -1
  #type = 'n'
  #style = 0
  #value: string | null = null
  #hasFormula = false
  #inValue = false
  readonly #inline = new RichText()

  constructor(book: Workbook, notes: CellNotes) {
    this.#book = book
    this.#notes = notes
  }

  take(): SheetRow[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  readonly open = (name: string, attributes: Readonly<Record<string, string>>): void => {
    if (name === 'c') this.#beginCell(attributes)
    else if (name === 'v') this.#beginValue()
    else if (name === 'row') this.#beginRow(attributes.r)
    else if (name === 'f') this.#hasFormula = true
    else this.#inline.open(name)
  }

  readonly close = (name: string): void => {
    if (name === 'c') this.#endCell()
    else if (name === 'v') this.#inValue = false
    else if (name === 'row') this.#rows.push(this.#row)
    else this.#inline.close(name)
  }

  readonly text = (text: string): void => {
    if (this.#inValue) this.#value += text
    else this.#inline.add(text)
  }

  #beginRow(number: string | undefined): void {
    this.#row = { number: number === undefined ? this.#row.number + 1 : Number(number), cells: [] }
    this.#column = -1
  }

  #beginCell({ r, t = 'n', s = '0' }: Readonly<Record<string, string>>): void {
    this.#column = r === undefined ? this.#column + 1 : columnOf(r)
    this.#type = t
    this.#style = Number(s)
    this.#value = null
    this.#hasFormula = false
    this.#inline.begin()
  }

  #beginValue(): void {
    this.#inValue = true
    this.#value = ''
  }

  #endCell(): void {
    const isEmpty = this.#value === null || (this.#value === '' && this.#type === 'n')
    if (this.#hasFormula && isEmpty) this.uncomputed.push(`${columnName(this.#column)}${this.#row.number}`)
    const value = this.#cellValue()
    if (value !== null) this.#row.cells[this.#column] = value
  }

  #cellValue(): Json {
    if (this.#type === 'inlineStr') return this.#inline.text()
    const value = this.#value
    if (value === null) return null
    switch (this.#type) {
      case 's':
        return this.#book.texts[Number(value)] ?? null
      case 'b':
        return value.trim() === '1' || value.trim() === 'true'
      case 'e':
        this.#notes.errors += 1
        return null
      case 'n':
        return value.trim() === '' ? null : this.#number(value.trim())
      default:
        return unescaped(value)
    }
  }

  #number(text: string): Json {
    const number = Number(text)
    if (Number.isNaN(number)) return text
    const shape = this.#book.shapes[this.#style] ?? null
    const date = shape === null ? null : dateText(number, shape, this.#book.from1904)
    if (date !== null) return date
    // 1.1 is kept as 1.1000000000000001: the number is meant, not its digits, unless they are those of a long whole number.
    return /^-?[1-9]\d{15,}$/.test(text) ? parseJson(text) : number
  }
}
