/** What a step of a version that has ended came to, as the API tells it. */
import type { Stats } from '../core/documents.ts'
import { spendingOf } from '../core/money/spending.ts'
import type { StepState } from './documents.ts'

export function endedStep(stats: Stats['steps'][number]): StepState {
  const { step, items, processed, carried_over, skipped, failed } = stats
  const answered = Math.max(0, processed - failed)
  return { step, items, process: processed, carry: carried_over, skip: skipped, answered, failed, ...spendingOf(stats) }
}
