/** Turns what people wrote into the files of a version into edits, as if they had been made with `edit`. */
import type { Review } from '../review.ts'
import type { Store, VersionRef } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { editText } from '../versions/applied-edits.ts'
import { versionSteps } from '../versions/version-steps.ts'
import { type HandEdited, handEditedAnswers } from './hand-edited-answers.ts'
import { addReviews } from './make-reviews.ts'
import { actsOf } from './step-reviews.ts'

export interface Adopted {
  acts: Review[]
  /** What was found, those included that are edits already. */
  found: HandEdited[]
}

/** Adds an edit for each of them that is none yet, all or none of a step. Throws RequestRefused for an answer that cannot stand there. */
export async function adoptEdits(
  store: Store,
  ref: VersionRef,
  { by, comment, now }: { by: string; comment?: string | undefined; now: number },
): Promise<Adopted> {
  const adopted: Adopted = { acts: [], found: [] }
  for (const versionStep of await versionSteps(store, ref)) {
    const { resolved: step } = versionStep
    if (step === null) continue
    const found = await handEditedAnswers(store, ref, step)
    adopted.found.push(...found)
    const fresh = await notYetNoted(store, ref, found)
    if (fresh.length === 0) continue
    const answers = new Map(fresh.map(({ line, answer }) => [line.root_id, answer]))
    const saying = { act: 'edit' as const, step: versionStep, ids: [...answers.keys()], answers, by, comment, now }
    adopted.acts.push(...(await addReviews(store, ref, { ...saying, isByHand: true })))
  }
  return adopted
}

/** Without those that somebody has made an edit of before: `adopt` may be called again. */
async function notYetNoted(store: Store, ref: VersionRef, found: readonly HandEdited[]): Promise<HandEdited[]> {
  if (found.length === 0) return []
  const acts = await actsOf(store, ref.pipeline)
  return found.filter(({ step, line: { root_id }, answer }) => {
    const hash = sha256(editText(step, answer))
    return !acts.of({ step: step.step, root_id }).some(({ edited_sha256 }) => edited_sha256 === hash)
  })
}
