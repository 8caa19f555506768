/** The answers of a step as a table for reading shows them: with the edits that wait for `apply` in place. */
import type { LedgerLine } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { type Json, parseJson } from '../text/json.ts'
import { StepAnswers } from '../versions/step-answers.ts'
import { placeOf, type VersionStep } from '../versions/version-steps.ts'
import type { RowReview } from './review-columns.ts'
import { type ReviewedItem, reviewedItems } from './step-reviews.ts'

export interface ShownItem {
  line: LedgerLine
  /** What stands beside the answer. */
  review: RowReview
  /** Of the answer that the version has. */
  answer_sha256: string
  /** The answer of an edit that waits; undefined: the version's own is shown. */
  edited: Json | undefined
  /** Who edited it. */
  by: string | undefined
}

/** By root id; items without an answer are left out. Throws RequestRefused, RunFailed. */
export async function shownItems(store: Store, ref: VersionRef, step: VersionStep): Promise<Map<string, ShownItem>> {
  const shown = new Map<string, ShownItem>()
  for await (const item of reviewedItems(store, ref))
    if (item.step === step.step && item.answer_sha256 !== null)
      shown.set(item.line.root_id, shownItem(ref, item, item.answer_sha256))
  return shown
}

function shownItem({ pipeline, version }: VersionRef, item: ReviewedItem, answer_sha256: string): ShownItem {
  const { line, step, act, comment, edit, stale } = item
  const waits = edit === 'waiting' && !stale && act?.answer !== undefined
  // An edit that is stale is not shown, and `apply` leaves it out.
  const state = edit === 'waiting' && !waits ? 'stale' : item.state
  const sha256 = waits ? (act.edited_sha256 ?? answer_sha256) : answer_sha256
  return {
    line,
    answer_sha256,
    review: { pipeline, version, step, root_id: line.root_id, answer_sha256: sha256, state, comment },
    edited: waits ? (act.answer as Json) : undefined,
    by: waits ? act.by : undefined,
  }
}

/** Reads the version's own answers, fastest in the order of the items. */
export class OwnAnswers {
  readonly #answers: StepAnswers

  constructor(store: Store, ref: VersionRef, step: VersionStep) {
    this.#answers = new StepAnswers(store, placeOf(ref, step))
  }

  /** Throws RunFailed if the array no longer has it. */
  async of({ line }: Pick<ShownItem, 'line'>): Promise<Json> {
    return parseJson(await this.#answers.answer(line))
  }

  async close(): Promise<void> {
    await this.#answers.close()
  }
}
