/** Which items of a step a person wants to see, and in which order. */
import type { LedgerLine, Oddity } from '../documents.ts'
import type { VersionRef } from '../store.ts'
import type { Json } from '../text/json.ts'

/** States by which answers are chosen. `stale`: what was said was about another answer. `none`: there is no answer. */
export const reviewChoices = ['unreviewed', 'approved', 'flagged', 'edited', 'stale', 'none'] as const
export type ReviewChoice = (typeof reviewChoices)[number]

/** Oddities that are about single answers; the others are about all of them together. */
export const oddChoices = [
  'empty',
  'refusal',
  'same_as_item',
  'same_answer',
  'empty_field',
  'short',
  'long',
  'cost',
] as const satisfies readonly Oddity['kind'][]
export type OddChoice = (typeof oddChoices)[number]

export const changes = ['changed', 'added', 'same'] as const
export type ChangeChoice = (typeof changes)[number]

/** What all of it takes is shown; a part that is undefined takes everything. */
export interface RowFilter {
  review?: ReviewChoice | undefined
  state?: LedgerLine['state'] | undefined
  decision?: LedgerLine['decision'] | undefined
  /** The kind of a failure. */
  failed?: string | undefined
  /** What is odd about the answer: an oddity, and the field that it is about, if it is about one. */
  odd?: { kind: OddChoice; field?: string } | undefined
  /** How the answer differs from that of another version. */
  change?: ChangeChoice | undefined
  /** A field of the answer that is one of these values. */
  field?: { path: string; values: readonly Json[] } | undefined
  /** In any value of the answer, or in the id; its case does not matter. */
  text?: string | undefined
}

export const sortKeys = ['input', 'id', 'review', 'cost', 'tokens', 'time', 'length'] as const

export interface RowSort {
  by: (typeof sortKeys)[number] | { field: string }
  isDescending: boolean
}

/** What is looked at, and beside which other version. */
export interface RowQuery {
  filter: RowFilter
  sort: RowSort
  against: VersionRef | null
}
