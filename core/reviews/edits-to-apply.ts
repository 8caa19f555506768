/** Which edits a new version on a base would put in place. */
import { isTextOutput } from '../answer-format.ts'
import type { ResolvedStep } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import type { Review } from '../review.ts'
import type { Store, VersionRef } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { parseJson } from '../text/json.ts'
import { editText } from '../versions/applied-edits.ts'
import { linesOfIds } from '../versions/indexed-ledger.ts'
import { answerPlace, StepAnswers } from '../versions/step-answers.ts'
import { editedAnswer } from './edited-answer.ts'
import type { Acts } from './reviewed-state.ts'
import { actsOf, checksumOf } from './step-reviews.ts'

export interface EditsToApply {
  /** The acts, with their answers as they will stand. */
  acts: Review[]
  /** Edits of which the item has got another answer since. */
  stale: Review[]
}

/**
 * The edits that wait, step by step. `stale`: those, too, whose item has got another answer since. Throws RequestRefused, also for an
 * answer that does not meet the step's `output_schema`, and with all of them.
 */
export async function editsToApply(
  store: Store,
  base: VersionRef,
  { steps, stale }: { steps: readonly ResolvedStep[]; stale: boolean },
): Promise<EditsToApply> {
  const acts = await actsOf(store, base.pipeline)
  const found: EditsToApply = { acts: [], stale: [] }
  const problems: string[] = []
  for (const step of steps) await addStep({ store, base, step, acts, takesStale: stale }, found, problems)
  if (problems.length > 0) throw new RequestRefused(problems)
  return found
}

interface OfStep {
  store: Store
  base: VersionRef
  step: ResolvedStep
  acts: Acts
  takesStale: boolean
}

async function addStep({ store, base, step, acts, takesStale }: OfStep, found: EditsToApply, problems: string[]) {
  const ids = acts.edited(step.step).map(({ root_id }) => root_id)
  if (ids.length === 0) return
  const lines = (await linesOfIds(store, base, { step: step.step, ids })).sort((a, b) => a.item_index - b.item_index)
  const answers = new StepAnswers(store, answerPlace(base, step), { isOne: true })
  try {
    for (const line of lines) {
      const { root_id, edited_by } = line
      const answer_sha256 = line.answer_bytes === null ? null : await checksumOf(line, answers)
      const { act, edit, stale } = acts.about({ step: step.step, root_id, answer_sha256, edited_by })
      if (edit !== 'waiting' || act === null) continue
      if (answer_sha256 === null || (stale && !takesStale)) {
        found.stale.push(act)
        continue
      }
      // It may have been edited in the file, and this is that edit.
      const text = (await answers.see(line)).answer ?? ''
      const current = isTextOutput(step) ? text : parseJson(text)
      const edited = await editedAnswer(step, { current, given: act.answer as never })
      if ('problem' in edited)
        problems.push(
          `The edited answer for item ${root_id} in step ${step.step} (${step.prompt_name}) ${edited.problem}. Edit it again, or take the edit back with \`itemwise clear ${base.pipeline} ${root_id} --step ${step.step}\`.`,
        )
      else found.acts.push({ ...act, answer: edited.answer, edited_sha256: sha256(editText(step, edited.answer)) })
    }
  } finally {
    await answers.close()
  }
}
