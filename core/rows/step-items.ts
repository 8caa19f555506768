/** What the answers of a step were made from, in the order of its ledger: the items of its file as it is today, or the answers of the step before. */
import type { LedgerLine, RunDocument } from '../documents.ts'
import { FileMissing, PathOutside, RequestRefused, RunFailed } from '../errors.ts'
import { checkedItemBatches, ItemFinder } from '../items/file-items.ts'
import type { Store, VersionRef } from '../store.ts'
import { Ascending } from '../text/ascending.ts'
import { jsonText } from '../text/json.ts'
import { baseLines } from '../versions/ledger.ts'
import { answerPlace, StepAnswers } from '../versions/step-answers.ts'

export interface StepItems {
  /** As JSON text; null if it is not known. Lines come in the order of the ledger. */
  of(line: LedgerLine): Promise<string | null>
  close(): Promise<void>
}

export function stepItems(store: Store, ref: VersionRef, { run, step }: { run: RunDocument; step: number }): StepItems {
  const resolved = run.steps[step - 1]
  if (!resolved?.batch_mode) return nothing
  if (resolved.input.from === 'file') return new FileItems(new ItemFinder(checkedItemBatches(store, resolved)))
  const before = run.steps[resolved.input.step - 1]
  return before?.batch_mode ? new EarlierAnswers(store, ref, before) : nothing
}

const nothing: StepItems = { of: async () => null, close: async () => {} }

class FileItems implements StepItems {
  readonly #rows: ItemFinder
  #isGone = false

  constructor(rows: ItemFinder) {
    this.#rows = rows
  }

  async of({ item_id }: LedgerLine): Promise<string | null> {
    if (this.#isGone) return null
    try {
      const row = await this.#rows.find(item_id)
      return row === undefined ? null : jsonText(row.item)
    } catch (error) {
      if (![FileMissing, PathOutside, RequestRefused, RunFailed].some((kind) => error instanceof kind)) throw error
      this.#isGone = true
      return null
    }
  }

  close(): Promise<void> {
    return this.#rows.close()
  }
}

class EarlierAnswers implements StepItems {
  readonly #lines: Ascending<LedgerLine>
  readonly #answers: StepAnswers

  constructor(store: Store, ref: VersionRef, before: RunDocument['steps'][number]) {
    this.#lines = new Ascending(baseLines(store, ref, before.step))
    this.#answers = new StepAnswers(store, answerPlace(ref, before))
  }

  async of({ item_index }: LedgerLine): Promise<string | null> {
    const line = await this.#lines.find(item_index)
    return line === null || line.answer_bytes === null ? null : (await this.#answers.see(line)).answer
  }

  async close(): Promise<void> {
    await Promise.all([this.#lines.close(), this.#answers.close()])
  }
}
