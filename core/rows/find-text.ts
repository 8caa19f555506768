/**
 * Finds the items of a step whose answer has a text in one of its values. If the array is as it was written, it is looked for in its bytes,
 * and answers are not parsed; otherwise each answer is read by itself.
 */
import type { Store } from '../store.ts'
import { isObject, type Json, jsonText } from '../text/json.ts'
import { jsonIn } from '../versions/item-id.ts'
import { type AnswerRun, answerRuns, rowAnswers } from './answer-runs.ts'
import type { StepTable } from './step-table.ts'
import { bytePatternIn, patternIn } from './text-pattern.ts'

/** 1 for each row whose answer has the text, whatever its case, or whose id has it. */
export async function rowsWithText(store: Store, table: StepTable, wanted: string): Promise<Uint8Array> {
  const found = new Uint8Array(table.length)
  const pattern = patternIn(wanted)
  for (let row = 0; row < table.length; row++)
    if (pattern.test(table.itemIds[row]!) || pattern.test(table.rootIds[row]!)) found[row] = 1
  if (await table.isProven()) {
    const bytePattern = bytePatternIn(wanted)
    for await (const run of answerRuns(store, table)) searchRun(run, { table, bytePattern, pattern, found })
  } else
    for await (const { row, answer } of rowAnswers(store, table))
      if (hasText(table.isText ? answer : (jsonIn(answer) ?? answer), pattern)) found[row] = 1
  return found
}

interface Search {
  table: StepTable
  bytePattern: RegExp
  pattern: RegExp
  found: Uint8Array
}

function searchRun({ rows, start, bytes }: AnswerRun, { table, bytePattern, pattern, found }: Search): void {
  const text = bytes.toString('latin1')
  let at = 0
  bytePattern.lastIndex = 0
  for (let match = bytePattern.exec(text); match !== null; match = bytePattern.exec(text)) {
    while (table.answerAt(rows[at]!)![1] - start <= match.index) at += 1
    const row = rows[at]!
    const end = table.answerAt(row)![1] - start
    if (found[row] === 1) bytePattern.lastIndex = end
    else {
      const [isIn, next] = inValue(text, match.index, pattern)
      if (isIn) found[row] = 1
      bytePattern.lastIndex = isIn ? end : next
    }
    if (bytePattern.lastIndex >= text.length) return
  }
}

const key = /^ *"(?:[^"\\]|\\.)*": /

/**
 * Whether what was found at a place of the array stands in a value, and where to look next if not. The array has a line for each value, so
 * that its line tells. Where an escape is near, only the value itself does.
 */
function inValue(text: string, at: number, pattern: RegExp): [isIn: boolean, next: number] {
  const start = text.lastIndexOf('\n', at) + 1
  const newline = text.indexOf('\n', at)
  const end = newline === -1 ? text.length : newline
  const line = text.slice(start, end)
  const valueAt = start + (key.exec(line)?.[0].length ?? indentation(line))
  if (at < valueAt) return [false, valueAt]
  const isString = text[valueAt] === '"'
  // Behind a text comes its quote, and mostly a comma.
  if (isString && at >= end - (text[end - 1] === ',' ? 2 : 1)) return [false, end]
  const isPlain = isString && !text.slice(Math.max(valueAt, at - longestEscape), at).includes('\\')
  if (isPlain) return [true, end]
  const value = utf8(text.slice(valueAt, end).replace(/,$/, ''))
  if (isString) return [hasText(jsonIn(value) ?? value, pattern), end]
  return [!/[{}[\]]/.test(value) && pattern.test(value), end]
}

/** `\u001f` */
const longestEscape = 6

function indentation(line: string): number {
  return line.length - line.trimStart().length
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Whether a value, or one inside it, has the text. */
export function hasText(value: Json, pattern: RegExp): boolean {
  if (typeof value === 'string') return pattern.test(value)
  if (Array.isArray(value)) return value.some((inner) => hasText(inner, pattern))
  if (isObject(value)) return Object.values(value).some((inner) => hasText(inner, pattern))
  return pattern.test(jsonText(value))
}
