/** Edits that are not saved yet: they survive a reload, and are thrown away when the server has kept them or somebody leaves them. */
import type { Answer } from './reviews.ts'
import type { StepRef } from './rows.ts'
import { keep, kept } from './session.ts'

export interface Draft {
  /** The whole answer: JSON text, or the text of a step without fields. */
  text: string
  /** The answer that it began with. */
  answer_sha256: string | null
  at: string
}

const nameOf = ({ pipeline, step }: StepRef, rootId: string) => `draft ${JSON.stringify([pipeline, step, rootId])}`

export function draftOf(on: StepRef, rootId: string): Draft | null {
  return kept<Draft>(nameOf(on, rootId))
}

export function keepDraft(on: StepRef, { root_id, answer_sha256 }: Answer, text: string): void {
  keep(nameOf(on, root_id), { text, answer_sha256, at: new Date().toISOString() })
}

export function dropDraft(on: StepRef, rootId: string): void {
  keep(nameOf(on, rootId), null)
}
