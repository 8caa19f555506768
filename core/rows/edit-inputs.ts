/** What single edited answers are made from today: whether such an edit is stale. The input of an item is looked for once, whatever version asks. */
import type { LedgerLine } from '../documents.ts'
import { inputHashes } from '../reviews/input-hashes.ts'
import type { Reviewed } from '../reviews/reviewed-state.ts'
import { hasNewInput } from '../reviews/step-reviews.ts'
import type { Store, VersionRef } from '../store.ts'
import { readRun } from '../versions/version-documents.ts'
import { LatestUsed } from './latest-used.ts'

/** Inputs that are remembered. */
const mostHeld = 200

export class EditInputs {
  readonly #store: Store
  readonly #hashes = new LatestUsed<ReadonlyMap<string, string>>(mostHeld)

  constructor(store: Store) {
    this.#store = store
  }

  /** What is known of an answer, and whether its edit was made from another input than there is now. Reads nothing unless it is edited. */
  async withStale(
    ref: VersionRef,
    { step, line, reviewed }: { step: number; line: LedgerLine; reviewed: Reviewed },
  ): Promise<Reviewed> {
    if (reviewed.edit === undefined || reviewed.stale) return reviewed
    const inputs = await this.#hashes.get(await this.#keyOf(ref, { step, line }), () =>
      inputHashes(this.#store, ref, { step, lines: [line] }),
    )
    return { ...reviewed, stale: hasNewInput(reviewed, inputs.get(line.root_id)) }
  }

  /** A file has one item of an id in all versions that read it; another size says that it was changed. */
  async #keyOf(ref: VersionRef, { step, line }: { step: number; line: LedgerLine }): Promise<string> {
    const input = (await readRun(this.#store, ref)).steps[step - 1]?.input
    if (input?.from !== 'file') return JSON.stringify([ref, step, line.root_id])
    return JSON.stringify([input.resolved, input.pointer, await this.#store.size(input.resolved), line.item_id])
  }
}
