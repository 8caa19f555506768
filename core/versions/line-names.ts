/**
 * What a ledger line is found by, from how it begins, without parsing it. Only of lines that are proven: their fields have the order in
 * which lines are written, and inside a JSON text quotes are escaped, so no id can look like a field.
 */
import type { LedgerLine } from '../documents.ts'

/** What a line is found by. */
export function idsOf({
  root_id,
  item_id,
  output_id,
}: Pick<LedgerLine, 'root_id' | 'item_id' | 'output_id'>): Set<string> {
  const ids = new Set([root_id, item_id])
  return output_id === null ? ids : ids.add(String(output_id))
}

export interface LineNames {
  item_id: string
  root_id: string
  /** What the line is found by. */
  names: readonly string[]
  /** Its id as JSON, if the item is one of an input: others have another root. */
  rootJson: string | null
  hasOutputId: boolean
}

/** `head`: the text of a line up to what happened to its item. */
export function lineNames(head: string): LineNames {
  const item = itemIn(head)
  if (item !== undefined) {
    const { item_id, output_id } = item
    const names = output_id === 'null' || output_id === item_id ? [item_id] : [item_id, output_id]
    return { item_id, root_id: item_id, names, rootJson: `"${item_id}"`, hasOutputId: output_id !== 'null' }
  }
  const line = JSON.parse(`${head}}`)
  const { item_id, root_id } = line
  const rootJson = item_id === root_id ? JSON.stringify(item_id) : null
  return { item_id, root_id, names: [...idsOf(line)], rootJson, hasOutputId: line.output_id !== null }
}

const idOpen = '{"item_id":"'
const outputOpen = ',"output_id":'

/** Undefined if the item has another root, or an id that is written with escapes. */
export function itemIn(text: string): { item_id: string; item_index: number; output_id: string } | undefined {
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
