/** The signs of the page: drawn, so that they look the same everywhere. They say nothing that no word beside them says. */
import type { ReviewState } from '../api/shapes.ts'

const paths = {
  approved: 'M3.5 8.5l3 3 6-7',
  flagged: 'M4 14V2.5h7.5l-2 3 2 3H4',
  edited: 'M3 13l.7-3L10.5 3.2l2.3 2.3L6 12.3z',
  unreviewed: 'M8 3.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6z',
  none: 'M4 4l8 8M12 4l-8 8',
  up: 'M8 12.5v-9M4 7.5l4-4 4 4',
  down: 'M8 3.5v9M4 8.5l4 4 4-4',
  left: 'M10 3.5L5.5 8l4.5 4.5',
  right: 'M6 3.5L10.5 8 6 12.5',
  search: 'M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4zM10.2 10.2l3.3 3.3',
  comment: 'M2.5 3.5h11v7h-6l-3 2.7v-2.7h-2z',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  close: 'M4 4l8 8M12 4l-8 8',
  play: 'M5 3l7.5 5L5 13z',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
  undo: 'M5.5 3L2.8 5.7l2.7 2.7M3 5.7h6a3.6 3.6 0 0 1 0 7.2H6',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

const words: Readonly<Record<ReviewState, string>> = {
  approved: 'Approved',
  flagged: 'Flagged',
  edited: 'Edited',
  unreviewed: 'Unreviewed',
}

interface BadgeProps {
  review: ReviewState | null
  stale?: boolean
  isUnderWay?: boolean
}

/** How an answer stands. */
export function Badge({ review, stale = false, isUnderWay = false }: BadgeProps) {
  if (review === null)
    return (
      <span class="badge badge-none">
        <Icon name="none" />
        No answer
      </span>
    )
  return (
    <span class={`badge badge-${review}${isUnderWay ? ' badge-waits' : ''}`}>
      <Icon name={review} />
      {words[review]}
      {stale && <span class="badge-stale">{review === 'unreviewed' ? 'new answer' : 'stale'}</span>}
    </span>
  )
}
