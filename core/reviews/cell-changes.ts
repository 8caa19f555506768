/** What a person changed in a row of a spreadsheet, as against the answer that the row showed. What a program changes by itself is no change. */
import { flatFields } from '../items/flat-fields.ts'
import { isExactNumber, isObject, type Json, jsonText, parseJson } from '../text/json.ts'
import { sortedJson } from '../text/sorted-json.ts'

export interface CellChange {
  /** As flatFields names it. */
  column: string
  value: Json
}

export interface RowChanges {
  changes: CellChange[]
  /** Columns whose cells cannot be what the field is, each with the end of a sentence: `is no number: a lot`. */
  problems: { column: string; problem: string }[]
  /** Columns with a value of which the answer has no field. */
  others: string[]
}

/** `row`: its cells by their columns, without those of the review. */
export function rowChanges(answer: Json, row: Readonly<Record<string, Json>>): RowChanges {
  const fields = new Map(flatFields(answer))
  const found: RowChanges = { changes: [], problems: [], others: [] }
  for (const [column, cell] of Object.entries(row)) {
    const before = fields.get(column)
    if (before === undefined) {
      if (!isEmpty(cell)) found.others.push(column)
    } else if (!isSame(before, cell)) {
      const read = valueIn(before, cell)
      if ('problem' in read) found.problems.push({ column, problem: read.problem })
      else found.changes.push({ column, value: read.value })
    }
  }
  return found
}

/** The answer with the changes in place; a column that is no field yet becomes one at the end. */
export function withChanges(answer: Json, changes: readonly CellChange[]): Json {
  return changes.reduce((changed, { column, value }) => withValue(changed, column, value), answer)
}

function withValue(answer: Json, column: string, value: Json): Json {
  if (!isObject(answer)) return value
  for (const [name, inner] of Object.entries(answer)) {
    if (name === column && !hasFields(inner)) return { ...answer, [name]: value }
    if (column.startsWith(`${name}__`) && hasFields(inner)) {
      const rest = column.slice(name.length + 2)
      if (flatFields(inner).some(([path]) => path === rest)) return { ...answer, [name]: withValue(inner, rest, value) }
    }
  }
  return { ...answer, [column]: value }
}

function hasFields(value: Json): boolean {
  return isObject(value) && Object.keys(value).length > 0
}

function isEmpty(cell: Json): boolean {
  return cell === null || cell === ''
}

/** Line ends, the spelling of numbers and of true and false, and null or an empty text: programs change these without being asked. */
function isSame(before: Json, cell: Json): boolean {
  const shown = typeof before === 'string' ? before : before === null ? '' : jsonText(before)
  if (isEmpty(cell)) return shown === ''
  const text = typeof cell === 'string' ? cell : jsonText(cell)
  if (sameLines(text) === sameLines(shown)) return true
  if (typeof before === 'string') return false
  if (isNumber(before)) return isNumeral(text) && Number(text.trim().replace(',', '.')) === Number(shown)
  if (typeof before === 'boolean') return text.trim().toLowerCase() === shown
  const value = jsonIn(text)
  return value !== undefined && sortedJson(value) === sortedJson(before)
}

function sameLines(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n')
}

function isNumber(value: Json): boolean {
  return typeof value === 'number' || isExactNumber(value)
}

/** Also with a decimal comma, as some countries write it. */
function isNumeral(text: string): boolean {
  return /^\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*$/.test(text)
}

/** What the cell says, as the kind of value that stands there now. */
function valueIn(before: Json, cell: Json): { value: Json } | { problem: string } {
  if (before === null) return { value: cell }
  if (typeof before === 'string')
    return { value: cell === null ? '' : typeof cell === 'string' ? cell : jsonText(cell) }
  if (isEmpty(cell)) return { value: null }
  const text = (typeof cell === 'string' ? cell : jsonText(cell)).trim()
  const [value, what] = read(before, text)
  return value === undefined ? { problem: `${what}: ${text}` } : { value }
}

function read(before: Json, text: string): [Json | undefined, problem: string] {
  if (isNumber(before))
    return [
      /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(text) ? parseJson(text) : undefined,
      'is no number such as 2.5',
    ]
  if (typeof before === 'boolean')
    return [/^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined, 'is not true or false']
  const value = jsonIn(text)
  const isKind = value !== undefined && Array.isArray(value) === Array.isArray(before) && typeof value === 'object'
  return [
    isKind ? value : undefined,
    Array.isArray(before) ? 'is no list in JSON, such as ["a", "b"]' : 'is no object in JSON',
  ]
}

function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
