/** Edits that no version has put in place yet: a new answer for their items makes them stale. */
import type { ResolvedStep } from '../documents.ts'
import { oneOffs, type Store, type VersionRef } from '../store.ts'
import { linesOfIds } from '../versions/indexed-ledger.ts'
import { answerPlace, StepAnswers } from '../versions/step-answers.ts'
import type { Acts } from './reviewed-state.ts'
import { actsOf, checksumOf } from './step-reviews.ts'

/** Root ids by step: of the answers of a version that have one. Nothing of one-off runs. */
export async function waitingEdits(
  store: Store,
  ref: VersionRef,
  steps: readonly ResolvedStep[],
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const found = new Map<number, Set<string>>()
  if (ref.pipeline === oneOffs) return found
  const acts = await actsOf(store, ref.pipeline)
  if (acts.hasEdits) for (const step of steps) found.set(step.step, await inStep(store, ref, { step, acts }))
  return found
}

async function inStep(
  store: Store,
  ref: VersionRef,
  { step, acts }: { step: ResolvedStep; acts: Acts },
): Promise<Set<string>> {
  const waiting = new Set<string>()
  const ids = acts.edited(step.step).map(({ root_id }) => root_id)
  if (ids.length === 0) return waiting
  const answers = new StepAnswers(store, answerPlace(ref, step), { isOne: true })
  try {
    for (const line of await linesOfIds(store, ref, { step: step.step, ids })) {
      const { root_id, edited_by, answer_bytes } = line
      if (answer_bytes === null) continue
      const about = { step: step.step, root_id, edited_by, answer_sha256: await checksumOf(line, answers) }
      const { edit, stale } = acts.about(about)
      if (edit === 'waiting' && !stale) waiting.add(root_id)
    }
  } finally {
    await answers.close()
  }
  return waiting
}
