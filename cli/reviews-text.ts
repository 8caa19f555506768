/** What `reviews` prints: for each step how its answers stand, and a line for each answer of which somebody said something. */
import type { ReviewedItem } from '../core/reviews/step-reviews.ts'
import type { VersionRef } from '../core/store.ts'
import type { VersionStep } from '../core/versions/version-steps.ts'
import { textWidth } from './columns.ts'

export interface StepReviews {
  step: Pick<VersionStep, 'step' | 'prompt_name'>
  items: readonly ReviewedItem[]
}

const states = ['approved', 'flagged', 'unreviewed'] as const

export function reviewsText(ref: VersionRef, steps: readonly StepReviews[]): string {
  const blocks = steps.map(({ step, items }) => {
    const counts = states.map((state) => `${items.filter((item) => item.state === state).length} ${state}`)
    const title = `Step ${step.step} (${step.prompt_name}): ${counts.join(', ')}`
    return [title, ...linesOf(items.filter(({ act }) => act !== null))].join('\n')
  })
  return `${ref.pipeline} ${ref.version}\n\n${blocks.join('\n\n')}\n`
}

function linesOf(items: readonly ReviewedItem[]): string[] {
  const ids = items.map(({ line }) => line.root_id)
  const width = Math.max(0, ...ids.map(textWidth))
  return items.map(({ state, stale, act, comment }, at) => {
    const id = ids[at] ?? ''
    const what = stale
      ? `unreviewed (another answer was ${act?.act === 'approve' ? 'approved' : 'flagged'} in ${act?.version})`
      : state
    const said = comment === null ? '' : `: ${comment.replaceAll('\n', ' ')}`
    return `  ${id}${' '.repeat(width - textWidth(id))}  ${what}, ${act?.by ?? ''}, ${act?.at.slice(0, 16).replace('T', ' ')} UTC${said}`
  })
}
