/** Leaves answers as they are that people have edited, and says so. */
import type { ResolvedStep } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { someOf } from '../text/nearest.ts'
import { linesOfIds } from '../versions/indexed-ledger.ts'
import { waitingEdits } from './waiting-edits.ts'

/**
 * Throws RequestRefused if one of the items that a person named has an edited answer in any step, or an edit that waits: a rerun would ask
 * for it again. `suggest`: of edited answers it asks beside them, so they may be named.
 */
export async function refuseEdited(
  store: Store,
  ref: VersionRef,
  { steps, ids, suggest }: { steps: readonly ResolvedStep[]; ids: readonly string[]; suggest: boolean },
): Promise<void> {
  const edited = new Set<string>()
  const waiting = await waitingEdits(store, ref, steps)
  for (const { step } of steps)
    for (const { root_id, edited_by } of await linesOfIds(store, ref, { step, ids }))
      if (edited_by !== undefined) edited.add(root_id)
  const named = suggest ? [] : ids.filter((id) => edited.has(id))
  const unapplied = ids.filter((id) => !edited.has(id) && [...waiting.values()].some((some) => some.has(id)))
  const problems = [
    ...(named.length === 0
      ? []
      : [
          `The rerun names ${someOf(named)}, ${named.length === 1 ? 'which has an edited answer' : 'which have edited answers'} in ${ref.version} of ${ref.pipeline}. A new answer would take the place of the edit. Leave ${them(named)} out, add --suggest for a new answer beside the edit, or add --replace-edits.`,
        ]),
    ...(unapplied.length === 0
      ? []
      : [
          `The rerun names ${someOf(unapplied)}, ${unapplied.length === 1 ? 'which has an edit' : 'which have edits'} that no version has put in place. A new answer would make the edit stale. Put it in place first (itemwise apply ${ref.pipeline}), leave ${them(unapplied)} out, or add --replace-edits.`,
        ]),
  ]
  if (problems.length > 0) throw new RequestRefused(problems)
}

function them(ids: readonly string[]): string {
  return ids.length === 1 ? 'it' : 'them'
}

/** How many edited answers of a base stay; 0 if it has none, or if its record does not say. */
export async function editedIn(store: Store, ref: VersionRef): Promise<number> {
  const stats = (await store.version(ref))?.metadata.stats ?? {}
  return 'steps' in stats ? stats.steps.reduce((sum, { edited = 0 }) => sum + edited, 0) : 0
}

/** Sentences on what becomes of the edited answers of a base. `replaced`, `suggested`: how many are asked for again, or beside them. */
export function editsKeptText({
  kept,
  replaced = 0,
  suggested = 0,
}: {
  kept: number
  replaced?: number
  suggested?: number
}): string[] {
  const [answers, stay] = kept === 1 ? ['answer', 'stays as it is'] : ['answers', 'stay as they are']
  return [
    ...(replaced === 0 ? [] : [`${replaced} edited ${replaced === 1 ? 'answer is' : 'answers are'} asked for again.`]),
    ...(kept === 0 ? [] : [`${kept} edited ${answers} ${stay}.`]),
    ...(suggested === 0 ? [] : [suggestedText(suggested, kept)]),
  ]
}

function suggestedText(count: number, kept: number): string {
  const answers = count === 1 ? 'A new answer is' : 'New answers are'
  const beside = kept === 1 ? 'it' : count === kept ? 'them' : `${count === 1 ? 'one' : count} of them`
  return `${answers} asked for beside ${beside}.`
}

/** The sentence on edits that a run makes stale; null if there are none. */
export function madeStaleText(ids: readonly string[], pipeline: string): string | null {
  if (ids.length === 0) return null
  const [has, edit] = ids.length === 1 ? ['has an edit', 'the edit'] : ['have edits', 'the edits']
  return `${someOf(ids)} ${has} that no version has put in place. A new answer makes ${edit} stale; \`itemwise apply ${pipeline}\` first keeps ${ids.length === 1 ? 'it' : 'them'}.`
}
