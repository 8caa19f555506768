/** Sees in a forecast which edits find their items: with another edit in place, a filter of an earlier step may leave an item out. */
import type { PlanLine } from '../documents.ts'
import type { Review } from '../review.ts'
import type { ReadyStep } from './resolve-steps.ts'

export class PlacedEdits {
  readonly #acts: readonly Review[]
  readonly #found = new Set<string>()

  constructor(acts: readonly Review[]) {
    this.#acts = acts
  }

  readonly add = ({ step }: ReadyStep, { edit, root_id }: PlanLine): void => {
    if (edit !== undefined) this.#found.add(keyOf({ step: step.step, root_id }))
  }

  get placed(): Review[] {
    return this.#acts.filter((act) => this.#found.has(keyOf(act)))
  }

  /** Sentences for a person. */
  warnings(): string[] {
    return this.#acts
      .filter((act) => !this.#found.has(keyOf(act)))
      .map(
        ({ step, root_id }) =>
          `The edit of ${root_id} in step ${step} is left out: with the other edits in place, an earlier step leaves the item out. The edit waits until the item comes to step ${step} again.`,
      )
  }
}

function keyOf({ step, root_id }: Pick<Review, 'step' | 'root_id'>): string {
  return `${step} ${root_id}`
}
