/**
 * The text of a ledger line that has an answer and no error, cut into its parts without being parsed. Only of lines that are proven: their
 * fields have the order in which lines are written, and inside a JSON text quotes are escaped, so no id can look like a field.
 */
import { nothingSpent } from '../money/spending.ts'
import { idsOf, type NamedLine } from './index-builder.ts'
import { withLineCheck } from './ledger.ts'
import { provenLine } from './read-proven-blocks.ts'

/** The parts of a line that stay if its item is carried over. */
export interface PlainLine extends NamedLine {
  item_id: string
  /** Up to what happened to the item. */
  ids: string
  answered: string
  bytes: readonly [number, number]
  asked: string
  checksum: string
}

const answeredBy = ',"state":"answered","answer_version":"'
const bytesOpen = ',"answer_bytes":['
const bytesClose = '],"fingerprint":'
const errorOpen = ',"error":null'
const checksumOpen = ',"answer_sha256":"'
const noError = errorOpen + checksumOpen
/** What a line says of what was sent and spent in its own version; nothing of it is carried over. */
const notCarried = /^(?:,"(?:cache_write_1h_tokens|batch_saved_usd|delivery|prompt_sha256)":[^,]+)*$/

/** Undefined if the line is anything but a plain answer. */
export function plainLine(text: string): PlainLine | undefined {
  const decision = text.indexOf(',"decision":"')
  const state = text.indexOf(answeredBy, decision)
  const bytes = text.indexOf(bytesOpen, state)
  const fingerprint = text.indexOf(bytesClose, bytes)
  const spent = text.indexOf(',"input_tokens":', fingerprint)
  const error = text.indexOf(errorOpen, spent)
  const checksum = text.indexOf(checksumOpen, error)
  const check = text.indexOf(',"line_check":"', checksum)
  if (decision < 0 || state < 0 || bytes < 0 || fingerprint < 0 || spent < 0 || error < 0 || check < 0) return undefined
  if (checksum < 0 || !notCarried.test(text.slice(error + errorOpen.length, checksum))) return undefined
  const comma = text.indexOf(',', bytes + 1)
  const ids = text.slice(0, decision)
  return {
    ids,
    ...namesIn(ids),
    answered: text.slice(state + 1, bytes),
    bytes: [Number(text.slice(bytes + bytesOpen.length, comma)), Number(text.slice(comma + 1, fingerprint))],
    asked: text.slice(fingerprint + 2, spent),
    checksum: errorOpen.slice(1) + text.slice(checksum, check),
  }
}

const spentNothing = JSON.stringify({ ...nothingSpent, milliseconds: 0, attempts: 0, request_id: null }).slice(1, -1)

/** The line of a carried item whose answer stands `shift` bytes further on than in the base, newline included. */
export function carriedText(
  { ids, answered, bytes: [start, end], asked, checksum }: PlainLine,
  { reason, shift }: { reason: string; shift: number },
): string {
  const place = `"answer_bytes":[${start + shift},${end + shift}]`
  return withLineCheck(
    `${ids},"decision":"carry","reason":"${reason}",${answered},${place},${asked},${spentNothing},${checksum}}`,
  )
}

/** The position and the end of the answer of a line whose item was carried over with its answer; undefined if it is any other. */
export function carriedLine(text: string): { item_index: number; end: number } | undefined {
  const decision = text.indexOf(',"decision":"carry",')
  const state = text.indexOf(answeredBy, decision)
  const bytes = text.indexOf(bytesOpen, state)
  const close = text.indexOf(bytesClose, bytes)
  if (decision < 0 || state < 0 || bytes < 0 || close < 0 || text.indexOf(carriedEnd, close) < 0) return undefined
  const index = text.indexOf(indexOpen) + indexOpen.length
  return {
    item_index: Number(text.slice(index, text.indexOf(',', index))),
    end: Number(text.slice(text.indexOf(',', bytes + 1) + 1, close)),
  }
}

const indexOpen = ',"item_index":'
const carriedEnd = `,${spentNothing}${noError}`

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

const idOpen = '{"item_id":"'
const outputOpen = ',"output_id":'

/** Undefined if the item has another root, or an id that is written with escapes. */
function itemIn(text: string): { item_id: string; item_index: number; output_id: string } | undefined {
  if (!text.startsWith(idOpen)) return undefined
  const end = text.indexOf('"', idOpen.length)
  const item_id = text.slice(idOpen.length, end)
  const root = `","root_id":"${item_id}","item_index":`
  if (item_id.includes('\\') || !text.startsWith(root, end)) return undefined
  const at = end + root.length
  const comma = text.indexOf(outputOpen, at)
  const output_id = text.slice(comma + outputOpen.length, text.indexOf(',', comma + 1))
  return { item_id, item_index: Number(text.slice(at, comma)), output_id }
}

function namesIn(ids: string): NamedLine & { item_id: string } {
  const item = itemIn(ids)
  if (item !== undefined) {
    const { item_id, output_id, item_index } = item
    const names = output_id === 'null' || output_id === item_id ? [item_id] : [item_id, output_id]
    return { names, item_id, item_index }
  }
  const line = JSON.parse(`${ids}}`)
  return { names: [...idsOf(line)], item_id: line.item_id, item_index: line.item_index }
}
