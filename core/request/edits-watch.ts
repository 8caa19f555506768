/** Sees in a forecast what becomes of the edited answers of a base, and of edits that wait. */
import type { PlanLine, RunDocument } from '../documents.ts'
import { editedIn, editsKeptText, madeStaleText } from '../reviews/keep-edits.ts'
import { waitingEdits } from '../reviews/waiting-edits.ts'
import type { Store, VersionRef } from '../store.ts'
import { isBeside } from '../versions/suggestions.ts'
import { readRun } from '../versions/version-documents.ts'
import type { ReadyStep } from './resolve-steps.ts'

export class EditsWatch {
  readonly #base: VersionRef
  /** Edited answers of the base. */
  readonly #edited: number
  readonly #waiting: ReadonlyMap<number, ReadonlySet<string>>
  readonly #madeStale = new Set<string>()
  #replaced = 0
  #suggested = 0

  private constructor(
    base: VersionRef,
    { edited, waiting }: { edited: number; waiting: ReadonlyMap<number, ReadonlySet<string>> },
  ) {
    this.#base = base
    this.#edited = edited
    this.#waiting = waiting
  }

  /** Null without a base, and for a version of edits, which says it by itself. */
  static async of(
    store: Store,
    { run, base }: { run: RunDocument; base: VersionRef | null },
  ): Promise<EditsWatch | null> {
    if (base === null || run.mode === 'edit') return null
    const waiting = await waitingEdits(store, base, (await readRun(store, base)).steps)
    return new EditsWatch(base, { edited: await editedIn(store, base), waiting })
  }

  readonly add = ({ step }: ReadyStep, { decision, reason, base, root_id }: PlanLine): void => {
    if (decision !== 'process') return
    if (isBeside({ decision, reason })) this.#suggested += 1
    else if (base?.edited_by !== undefined && base.state === 'answered') this.#replaced += 1
    if (this.#waiting.get(step.step)?.has(root_id)) this.#madeStale.add(root_id)
  }

  /** Sentences for a person. */
  warnings(): string[] {
    const stale = madeStaleText([...this.#madeStale], this.#base.pipeline)
    const counts = { replaced: this.#replaced, suggested: this.#suggested }
    const kept = editsKeptText({ ...counts, kept: Math.max(0, this.#edited - this.#replaced) })
    return [...kept, ...(stale === null ? [] : [stale])]
  }
}
