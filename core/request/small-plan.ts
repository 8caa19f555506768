/** Holds the plan of a rerun of few items, so that the stage `plan` need not read the input and the base once more. */
import type { PlanLine } from '../documents.ts'
import type { VersionRef } from '../store.ts'
import { CarriedFold, type PlanRange } from '../versions/carried-range.ts'

/** A longer plan is made again. */
const mostLength = 4 * 2 ** 20

export class SmallPlan {
  readonly #fold: CarriedFold
  #lines: string[] = []
  #length = 0

  constructor(base: VersionRef) {
    this.#fold = new CarriedFold(base)
  }

  /** Takes the lines of the plan, folded or not. */
  add(line: PlanLine | PlanRange): void {
    if ('carried' in line) this.#hold([...this.#fold.end(), line])
    else this.#hold(this.#fold.add(line))
  }

  /** As it is kept in work/; null if it is long. */
  text(): string | null {
    this.#hold(this.#fold.end())
    return this.#length > mostLength ? null : this.#lines.join('')
  }

  #hold(lines: readonly (PlanLine | PlanRange)[]): void {
    for (const line of lines) {
      if (this.#length > mostLength) return
      const text = `${JSON.stringify(line)}\n`
      this.#length += text.length
      this.#lines.push(text)
    }
    if (this.#length > mostLength) this.#lines = []
  }
}
