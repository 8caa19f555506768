/** The items that an expression could not be worked out for, and what a person is told of them. */
import { someOf } from '../text/nearest.ts'
import { type Judged, type Where, WhereFails } from './where.ts'

export class WhereFailures {
  readonly #ids: string[] = []
  #reason = ''

  /** Whether the expression takes an item. One that it cannot be worked out for is noted and not taken. */
  async takes(where: Where, id: string, judged: Judged): Promise<boolean> {
    try {
      return await where.takes(judged)
    } catch (error) {
      if (!(error instanceof WhereFails)) throw error
      if (this.#ids.length === 0) this.#reason = error.message
      this.#ids.push(id)
      return false
    }
  }

  get any(): boolean {
    return this.#ids.length > 0
  }

  /** `The expression … cannot be worked out for 3 items (4001, 4002, 4003): …` without the last full stop. */
  text({ text }: Where): string {
    const count = this.#ids.length === 1 ? 'an item' : `${this.#ids.length} items`
    return `The expression \`${text}\` cannot be worked out for ${count} (${someOf(this.#ids, 3)}): ${this.#reason}`
  }

  /** The sentence that refuses a run or a question. */
  problem(where: Where): string {
    return `${this.text(where)}. Write it so that it holds for every item: $type(grade) = "number" and grade >= 4.`
  }
}
