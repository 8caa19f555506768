/** Notices edited answers whose items do not come to their step any more, as an earlier step leaves them out now. */
import type { PlanLine, ResolvedStep } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { someOf } from '../text/nearest.ts'
import type { AppliedEdit } from '../versions/applied-edits.ts'
import { baseLines } from '../versions/ledger.ts'
import { recordCopy } from '../versions/record-copy.ts'

export class EditsMissed {
  readonly #step: ResolvedStep
  readonly #missed: Set<string>

  private constructor(step: ResolvedStep, missed: Set<string>) {
    this.#step = step
    this.#missed = missed
  }

  /** `edits`: those that the version puts in place. Reads the ledger of a base that has edited answers in the step. */
  static async of(
    store: Store,
    {
      base,
      step,
      edits,
    }: { base: VersionRef | null; step: ResolvedStep; edits: ReadonlyMap<string, AppliedEdit> | undefined },
  ): Promise<EditsMissed> {
    const missed = new Set(edits?.keys())
    if (base !== null && step.input.from === 'step' && (await hasEdits(store, base, step)))
      for await (const { root_id, edited_by } of baseLines(store, base, step.step))
        if (edited_by !== undefined) missed.add(root_id)
    return new EditsMissed(step, missed)
  }

  see({ root_id }: PlanLine): void {
    this.#missed.delete(root_id)
  }

  /** Sentences for a person. */
  warnings(): string[] {
    const { step, prompt_name } = this.#step
    if (this.#missed.size === 0) return []
    const ids = someOf([...this.#missed])
    return [
      `Step ${step} (${prompt_name}): edited answers (${ids}) are not in this version, as an earlier step leaves their items out now.`,
    ]
  }
}

async function hasEdits(store: Store, base: VersionRef, { step }: ResolvedStep): Promise<boolean> {
  const stats = (await recordCopy(store, base))?.stats ?? {}
  return 'steps' in stats && stats.steps.some((one) => one.step === step && (one.edited ?? 0) > 0)
}
