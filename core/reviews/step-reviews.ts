/** Which answers of a version are reviewed, and how. */
import type { LedgerLine } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { baseLines } from '../versions/ledger.ts'
import { StepAnswers } from '../versions/step-answers.ts'
import { placeOf, type VersionStep, versionSteps } from '../versions/version-steps.ts'
import { reviewBook } from './review-book.ts'
import { Acts, type Reviewed } from './reviewed-state.ts'

export interface ReviewedItem extends Reviewed {
  step: number
  line: LedgerLine
}

/** Every answer of a version with what people said of it, step by step. Throws RequestRefused, RunFailed. */
export async function* reviewedItems(store: Store, ref: VersionRef): AsyncGenerator<ReviewedItem> {
  const acts = await Acts.of(reviewBook(store, ref.pipeline).all(ref.pipeline))
  for (const step of await versionSteps(store, ref)) yield* inStep(store, ref, { step, acts })
}

async function* inStep(store: Store, ref: VersionRef, { step, acts }: { step: VersionStep; acts: Acts }) {
  const answers = new StepAnswers(store, placeOf(ref, step))
  try {
    for await (const line of baseLines(store, ref, step.step)) {
      if (line.answer_bytes === null) continue
      const answer_sha256 = await checksumOf(line, answers)
      yield { step: step.step, line, ...acts.about({ step: step.step, root_id: line.root_id, answer_sha256 }) }
    }
  } finally {
    await answers.close()
  }
}

/** Of the answer that was written; in a version older than checksums, of the answer as it stands there. */
export async function checksumOf(line: LedgerLine, answers: StepAnswers): Promise<string | null> {
  if (line.answer_sha256 != null) return line.answer_sha256
  const { answer } = await answers.see(line)
  return answer === null ? null : sha256(answer)
}
