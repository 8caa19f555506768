/** `itemwise export --where`: the elements of a collated array whose items the expression takes. */
import { RequestRefused } from '../core/errors.ts'
import type { Store, VersionRef } from '../core/store.ts'
import type { Json } from '../core/text/json.ts'
import { itemIdOf } from '../core/versions/item-id.ts'
import type { VersionStep } from '../core/versions/version-steps.ts'
import { type TakenItem, takenItems } from './taken-items.ts'
import type { Terminal } from './terminal.ts'

interface Wanted {
  ref: VersionRef
  step: VersionStep
  where: string
}

/** Says of each element whether its item is taken; asks about all items first. Throws RequestRefused. */
export async function elementsTaken(
  store: Store,
  { ref, step, where }: Wanted,
  terminal: Terminal,
): Promise<(element: Json) => boolean> {
  const { resolved } = step
  if (resolved === null)
    throw new RequestRefused([
      `${ref.version} of ${ref.pipeline} has no run.json, so --where cannot tell its items. Leave it out.`,
    ])
  const pick = ({ ledger }: TakenItem) => ledger.item_id
  const asking = { where, step: String(step.step), withAnswers: false, pick }
  const { taken, warnings } = await takenItems(store, ref, asking)
  for (const warning of warnings) terminal.note(`Warning: ${warning}\n`)
  const ids = new Set(taken)
  return (element) => {
    const id = itemIdOf(element, resolved)
    return id !== undefined && ids.has(id)
  }
}
