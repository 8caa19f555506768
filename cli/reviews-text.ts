/** What `reviews` prints: for each step how its answers stand, and a line for each answer of which somebody said something. */
import type { ReviewedItem } from '../core/reviews/step-reviews.ts'
import type { VersionRef } from '../core/store.ts'
import type { VersionStep } from '../core/versions/version-steps.ts'
import { textWidth } from './columns.ts'

export interface StepReviews {
  step: Pick<VersionStep, 'step' | 'prompt_name'>
  items: readonly ReviewedItem[]
}

const states = ['approved', 'flagged', 'edited', 'unreviewed'] as const

export function reviewsText(ref: VersionRef, steps: readonly StepReviews[]): string {
  const blocks = steps.map(({ step, items }) => {
    const counts = states
      .map((state) => ({ state, count: items.filter((item) => item.state === state).length }))
      .filter(({ state, count }) => state !== 'edited' || count > 0)
      .map(({ state, count }) => `${count} ${state}`)
    const title = `Step ${step.step} (${step.prompt_name}): ${counts.join(', ')}`
    return [title, ...linesOf(items.filter(({ act }) => act !== null))].join('\n')
  })
  return `${ref.pipeline} ${ref.version}\n\n${blocks.join('\n\n')}\n`
}

const done = { approve: 'approved', flag: 'flagged', edit: 'edited', comment: '', clear: '' }

function whatText({ state, stale, act, edit, line }: ReviewedItem): string {
  if (edit === 'waiting')
    return stale && act?.answer_sha256 !== line.answer_sha256
      ? 'edited, not applied, stale (there is another answer since)'
      : `edited, not applied${stale ? ', stale (its input has changed since)' : ''}`
  if (edit === 'applied') return `edited${stale ? ', stale (its input has changed since)' : ''}${suggestionText(line)}`
  return stale && act !== null ? `unreviewed (another answer was ${done[act.act]} in ${act.version})` : state
}

function suggestionText({ suggestion, answer_sha256 }: ReviewedItem['line']): string {
  if (suggestion == null || suggestion.answer === null) return ''
  const what = suggestion.sha256 === answer_sha256 ? 'the same answer' : 'another answer'
  return `, ${suggestion.version} suggests ${what}`
}

function linesOf(items: readonly ReviewedItem[]): string[] {
  const ids = items.map(({ line }) => line.root_id)
  const width = Math.max(0, ...ids.map(textWidth))
  return items.map((item, at) => {
    const { act, comment } = item
    const id = ids[at] ?? ''
    const what = whatText(item)
    const said = comment === null ? '' : `: ${comment.replaceAll('\n', ' ')}`
    return `  ${id}${' '.repeat(width - textWidth(id))}  ${what}, ${act?.by ?? ''}, ${act?.at.slice(0, 16).replace('T', ' ')} UTC${said}`
  })
}
