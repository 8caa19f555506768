/**
 * The text of a ledger line, cut into its parts without being parsed. Only of lines that are proven: their fields have the order in which
 * lines are written, and inside a JSON text quotes are escaped, so no id can look like a field.
 */
import { nothingSpent } from '../money/spending.ts'
import { itemIn, lineNames } from './line-names.ts'
import { provenLine } from './read-proven-blocks.ts'

/** Where the parts of a line begin. */
export const parts = {
  decision: ',"decision":"',
  answeredBy: ',"state":"answered","answer_version":"',
  bytes: ',"answer_bytes":[',
  fingerprint: '],"fingerprint":',
  spent: ',"input_tokens":',
  error: ',"error":null',
  checksum: ',"answer_sha256":"',
  check: ',"line_check":"',
}

/** What a line says of what was sent and spent in its own version; nothing of it is carried over. */
export const notCarried = /^(?:,"(?:cache_write_1h_tokens|batch_saved_usd|delivery|prompt_sha256)":[^,]+)*$/

/** What a line says was spent on an item that was carried over. */
export const spentNothing = JSON.stringify({
  ...nothingSpent,
  ...{ milliseconds: 0, attempts: 0, request_id: null },
}).slice(1, -1)

/** A line that has an answer and no error. */
export interface PlainLine {
  /** The text up to what happened to the item. */
  ids: string
  item_id: string
  root_id: string
  /** Where its answer stands. */
  bytes: readonly [number, number]
}

/** Undefined if the line is anything but a plain answer. */
export function plainLine(text: string): PlainLine | undefined {
  const decision = text.indexOf(parts.decision)
  const state = text.indexOf(parts.answeredBy, decision)
  const bytes = text.indexOf(parts.bytes, state)
  const fingerprint = text.indexOf(parts.fingerprint, bytes)
  const spent = text.indexOf(parts.spent, fingerprint)
  const error = text.indexOf(parts.error, spent)
  const checksum = text.indexOf(parts.checksum, error)
  const check = text.indexOf(parts.check, checksum)
  if (decision < 0 || state < 0 || bytes < 0 || fingerprint < 0 || spent < 0 || error < 0 || check < 0) return undefined
  if (checksum < 0 || !notCarried.test(text.slice(error + parts.error.length, checksum))) return undefined
  const comma = text.indexOf(',', bytes + 1)
  const ids = text.slice(0, decision)
  const { item_id, root_id } = lineNames(ids)
  return {
    ...{ ids, item_id, root_id },
    bytes: [Number(text.slice(bytes + parts.bytes.length, comma)), Number(text.slice(comma + 1, fingerprint))],
  }
}

const indexOpen = ',"item_index":'
const carriedEnd = `,${spentNothing}${parts.error}${parts.checksum}`

/** The position and the end of the answer of a line whose item was carried over with its answer; undefined if it is any other. */
export function carriedLine(text: string): { item_index: number; end: number } | undefined {
  const decision = text.indexOf(',"decision":"carry",')
  const state = text.indexOf(parts.answeredBy, decision)
  const bytes = text.indexOf(parts.bytes, state)
  const close = text.indexOf(parts.fingerprint, bytes)
  if (decision < 0 || state < 0 || bytes < 0 || close < 0 || text.indexOf(carriedEnd, close) < 0) return undefined
  const index = text.indexOf(indexOpen) + indexOpen.length
  return {
    item_index: Number(text.slice(index, text.indexOf(',', index))),
    end: Number(text.slice(text.indexOf(',', bytes + 1) + 1, close)),
  }
}

/** An item of an input file that has an answer, by what its line begins with. */
export interface AnsweredItem {
  item_id: string
  item_index: number
  hasOutputId: boolean
}

/** Undefined if the line is of anything else, or if only parsing tells. */
export function answeredItem(text: string): AnsweredItem | undefined {
  const item = itemIn(text)
  if (item === undefined || !text.includes(',"state":"answered",')) return undefined
  return { item_id: item.item_id, item_index: item.item_index, hasOutputId: item.output_id !== 'null' }
}

/** The root id of a line whose item was asked for; null if it was not. */
export function processedRoot(text: string): string | null {
  if (!text.includes(',"decision":"process",') || text.includes(',"decision":"process","reason":"edited",')) return null
  const item = itemIn(text)
  // A part of a text keeps all of it in memory; the id is made anew.
  return item === undefined ? provenLine(text).root_id : JSON.parse(`"${item.item_id}"`)
}
