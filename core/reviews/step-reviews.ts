/** Which answers of a version are reviewed, and how. */
import type { LedgerLine } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { baseLines } from '../versions/ledger.ts'
import { StepAnswers } from '../versions/step-answers.ts'
import { placeOf, type VersionStep, versionSteps } from '../versions/version-steps.ts'
import { appliedKeys } from './applied-keys.ts'
import { inputHashes } from './input-hashes.ts'
import { reviewBook } from './review-book.ts'
import { Acts, type Reviewed } from './reviewed-state.ts'

export interface ReviewedItem extends Reviewed {
  step: number
  line: LedgerLine
  /** Of the answer, as in the ledger; null if that cannot be told. */
  answer_sha256: string | null
}

/** Every answer of a version with what people said of it, step by step. Throws RequestRefused, RunFailed. */
export async function* reviewedItems(store: Store, ref: VersionRef): AsyncGenerator<ReviewedItem> {
  const acts = await actsOf(store, ref.pipeline)
  for (const step of await versionSteps(store, ref)) yield* inStep(store, ref, { step, acts })
}

/** All that people said in a pipeline. Throws RequestRefused if the place keeps no reviews, RunFailed for a line that cannot be read. */
export async function actsOf(store: Store, pipeline: string): Promise<Acts> {
  const acts = await Acts.of(reviewBook(store, pipeline).all(pipeline))
  if (acts.hasEdits) acts.applied = await appliedKeys(store, pipeline)
  return acts
}

async function* inStep(store: Store, ref: VersionRef, { step, acts }: { step: VersionStep; acts: Acts }) {
  const inputs = await inputsOfEdits(store, ref, { step, acts })
  const answers = new StepAnswers(store, placeOf(ref, step))
  try {
    for await (const line of baseLines(store, ref, step.step)) {
      if (line.answer_bytes === null) continue
      const answer_sha256 = await checksumOf(line, answers)
      const { root_id, edited_by } = line
      const said = acts.about({ step: step.step, root_id, answer_sha256, edited_by })
      yield {
        step: step.step,
        line,
        answer_sha256,
        ...said,
        stale: said.stale || hasNewInput(said, inputs.get(root_id)),
      }
    }
  } finally {
    await answers.close()
  }
}

/** Whether an edit was made from another input than there is now. */
export function hasNewInput({ edit, act }: Reviewed, input_sha256: string | undefined): boolean {
  return edit !== undefined && act?.act === 'edit' && act.input_sha256 != null && input_sha256 !== act.input_sha256
}

async function inputsOfEdits(store: Store, ref: VersionRef, { step, acts }: { step: VersionStep; acts: Acts }) {
  return inputHashes(store, ref, { step: step.step, lines: acts.edited(step.step) })
}

/** Of the answer that was written; in a version older than checksums, of the answer as it stands there. */
export async function checksumOf(line: LedgerLine, answers: StepAnswers): Promise<string | null> {
  if (line.answer_sha256 != null) return line.answer_sha256
  const { answer } = await answers.see(line)
  return answer === null ? null : sha256(answer)
}
