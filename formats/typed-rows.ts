/** Gives fields the types that a step asks for in `input_types`. */
import type { InputType } from '../core/request.ts'
import { isObject, type Json, jsonText, parseJson } from '../core/text/json.ts'
import { JsonInvalid } from '../core/text/json-array.ts'
import { didYouMean, someOf } from '../core/text/nearest.ts'
import type { Row, TableRow } from './table.ts'

/** Enough to see what is wrong with all of them. */
const mostNamed = 20

/** Throws JsonInvalid at the end for all values that do not have their column's type, and at once for a column that is not there. */
export async function* typedRows(
  rows: AsyncIterable<Row>,
  types: Readonly<Record<string, InputType>>,
): AsyncGenerator<TableRow> {
  const wrong: string[] = []
  let count = 0
  let isFirst = true
  for await (const { item, place } of rows) {
    if (!isObject(item)) throw new JsonInvalid(`has ${place} without fields, but input_types names some`)
    if (isFirst) checkColumns(Object.keys(item), types)
    isFirst = false
    const fields = Object.entries(types).map(([column, type]) => {
      const value = typed(item[column] ?? null, type)
      if (value === undefined) {
        count += 1
        if (count <= mostNamed) wrong.push(`${place} has ${jsonText(item[column])} in ${column} (${type})`)
      }
      return [column, value ?? null]
    })
    yield { item: { ...item, ...Object.fromEntries(fields) }, place }
  }
  if (count > 0) throw new JsonInvalid(wrongText(wrong, count))
}

function wrongText(wrong: string[], count: number): string {
  const more = count > wrong.length ? `; and ${count - wrong.length} more` : ''
  return `has values that are not of the type that input_types says: ${wrong.join('; ')}${more}. Expected a number such as 12.5, true or false, or JSON; an empty cell is null. Correct them, or leave the column out of input_types`
}

function checkColumns(columns: string[], types: Readonly<Record<string, InputType>>): void {
  const unknown = Object.keys(types).filter((column) => !columns.includes(column))
  if (unknown.length === 0) return
  throw new JsonInvalid(
    `has no column ${someOf(unknown)}, which input_types names. There is: ${someOf(columns)}.${didYouMean(unknown[0]!, columns)}`,
  )
}

const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** Undefined if a value cannot be of the type. */
function typed(value: Json, type: InputType): Json | undefined {
  if (value === null) return null
  if (type === 'text') return typeof value === 'string' ? value : jsonText(value)
  if (typeof value !== 'string') return fits(value, type) ? value : undefined
  const text = value.trim()
  if (text === '') return null
  if (type === 'number') return jsonNumber.test(text) ? parseJson(text) : undefined
  if (type === 'boolean') return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined
  return parsed(text)
}

function fits(value: Json, type: InputType): boolean {
  if (type === 'number')
    return typeof value === 'number' || (!isObject(value) && typeof value === 'object' && !Array.isArray(value))
  return type === 'boolean' ? typeof value === 'boolean' : true
}

function parsed(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
