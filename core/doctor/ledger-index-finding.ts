/** The index of a ledger that is missing or does not fit. Everything works without it, only slower. */
import type { ResolvedStep } from '../documents.ts'
import { stepFiles } from '../store.ts'
import { writeIndex } from '../versions/rebuilt-index.ts'
import { answerPlace } from '../versions/step-answers.ts'
import type { StepFilesState } from './examine-step.ts'
import type { ExaminedVersion } from './examined-version.ts'
import type { Finding } from './finding.ts'

/** A version older than indexes has none, and nothing is wrong with it. */
export function indexFindings(
  { store, ref }: ExaminedVersion,
  step: ResolvedStep,
  { index }: Pick<StepFilesState, 'index'>,
): Finding[] {
  if (index === 'same' || index === 'unknown') return []
  const isMissing = index === 'missing'
  return [
    {
      path: stepFiles(ref, step.step).index,
      found: isMissing ? 'The index of the ledger is missing.' : 'The index of the ledger is not as it was written.',
      means:
        'Nothing is wrong with the answers. Single items are found by reading the whole ledger, which takes longer.',
      remedy: 'Make it anew from the ledger and the array.',
      ...(isMissing && { isExtra: true as const }),
      mend: async () =>
        (await writeIndex(store, answerPlace(ref, step))) ? 'Made anew.' : 'Not made: the array was changed meanwhile.',
    },
  ]
}
