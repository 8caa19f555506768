/** Leaves answers as they are that people have edited. */
import type { ResolvedStep } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { someOf } from '../text/nearest.ts'
import { linesOfIds } from '../versions/indexed-ledger.ts'

/** Throws RequestRefused if one of the items that a person named has an edited answer in any step: a rerun would ask for it again. */
export async function refuseEdited(
  store: Store,
  ref: VersionRef,
  { steps, ids }: { steps: readonly ResolvedStep[]; ids: readonly string[] },
): Promise<void> {
  const edited = new Set<string>()
  for (const { step } of steps)
    for (const { root_id, edited_by } of await linesOfIds(store, ref, { step, ids }))
      if (edited_by !== undefined) edited.add(root_id)
  if (edited.size === 0) return
  const [has, it] = edited.size === 1 ? ['has an edited answer', 'it'] : ['have edited answers', 'them']
  throw new RequestRefused([
    `The rerun names ${someOf(ids.filter((id) => edited.has(id)))}, which ${has} in ${ref.version} of ${ref.pipeline}. A new answer would take the place of the edit. Leave ${it} out, or add --replace-edits.`,
  ])
}
