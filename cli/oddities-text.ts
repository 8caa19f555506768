/** What is said of odd answers. */
import type { Oddity, StepStats } from '../core/documents.ts'
import { stepName } from './compare-text.ts'
import { printable } from './printable.ts'

/** The lines of a run: what is odd in its steps, and what to do about it. */
export function oddityLines(steps: readonly StepStats[]): string[] {
  const odd = steps.filter(({ oddities = [] }) => oddities.length > 0)
  if (odd.length === 0) return []
  return [
    'Odd:',
    ...odd.flatMap((step) => [`  ${stepName(step)}:`, ...ofStep(step.oddities ?? []).map((line) => `  ${line}`)]),
  ]
}

/** The lines of one step. */
export function ofStep(oddities: readonly Oddity[]): string[] {
  return oddities.flatMap(({ message, item_ids, count, to_do }) => [
    `  ${printable(message)}${idsText(item_ids, count)}.`,
    `    ${to_do}`,
  ])
}

function idsText(ids: readonly string[], count: number): string {
  if (ids.length === 0) return ''
  return ` (${printable(ids.join(', '))}${count > ids.length ? ', …' : ''})`
}

/** An item worth a look, if there is one. */
export function oddItem(steps: readonly StepStats[]): string | undefined {
  return steps.flatMap(({ oddities = [] }) => oddities.flatMap(({ item_ids }) => item_ids))[0]
}
