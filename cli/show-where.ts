/** `itemwise show <pipeline> [version] --where <expression>`: the items that the expression takes, a line each. */
import type { Store, VersionRef } from '../core/store.ts'
import { inlineJson, jsonText } from '../core/text/json.ts'
import { shorten } from '../core/text/shorten.ts'
import { countText } from './number-text.ts'
import { printable } from './printable.ts'
import { type TakenItem, takenItems } from './taken-items.ts'
import type { Terminal } from './terminal.ts'

interface Shown {
  ref: VersionRef
  where: string
  step: string | undefined
  json: boolean
}

/** Throws RequestRefused for an expression that cannot be used. */
export async function showWhere(store: Store, { ref, where, step, json }: Shown, terminal: Terminal): Promise<number> {
  const pick = (item: TakenItem) => (json ? document(item) : lineOf(item, terminal.columns))
  const { taken, items, warnings } = await takenItems(store, ref, { where, step, withAnswers: true, pick })
  for (const warning of warnings) terminal.note(`Warning: ${warning}\n`)
  const { pipeline, version } = ref
  if (json) terminal.out(`${jsonText({ pipeline, version, where, items, taken }, 2)}\n`)
  else {
    terminal.out(`${version} of ${pipeline}: ${countText(taken.length)} of ${countText(items)} items\n`)
    for (const line of taken) terminal.out(`${line}\n`)
  }
  return 0
}

function document({ root_id, answer, ledger }: TakenItem): object {
  return { item: root_id, state: ledger.state, answer: answer ?? null, ledger }
}

/** `4002  answered  {"title": …`, or what went wrong. */
function lineOf({ root_id, answer, ledger }: TakenItem, columns: number): string {
  const text = ledger.error?.message ?? (answer === undefined ? '' : inlineJson(answer))
  const start = `  ${printable(root_id)}  ${ledger.state}  `
  return `${start}${shorten(printable(text), Math.max(20, columns - start.length - 1))}`.trimEnd()
}
