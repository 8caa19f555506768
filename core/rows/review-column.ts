/** How each answer of a step is reviewed, in a column. */
import type { Acts, Reviewed } from '../reviews/reviewed-state.ts'
import { checksumOf, hasNewInput } from '../reviews/step-reviews.ts'
import type { Store } from '../store.ts'
import { linesAt } from '../versions/placed-lines.ts'
import type { StepTable } from './step-table.ts'
import { WordColumn } from './word-column.ts'

/** Of an answer of which nobody said anything. */
export const nothingSaid: Reviewed = { state: 'unreviewed', stale: false, act: null, comment: null }

/** From what a column is made. */
export interface Said {
  /** Null for one-off runs, which nobody reviews. */
  acts: Acts | null
  /** What edited items are made from today, by root id. */
  inputs: ReadonlyMap<string, string>
}

export class ReviewColumn {
  /** Another one if anything was said, or put in place, since. */
  readonly stamp: string
  readonly states = new WordColumn()
  readonly #from: Said
  /** What is said of answers of which anything is said. */
  readonly #said = new Map<number, Reviewed>()

  private constructor(from: Said) {
    this.#from = from
    this.stamp = stampOf(from)
  }

  static async read(store: Store, table: StepTable, said: Said): Promise<ReviewColumn> {
    const column = new ReviewColumn(said)
    const { acts, inputs } = said
    const { step, ref } = table.place
    for (let row = 0; row < table.length; row++) {
      const edited_by = table.editedBy.at(row) || undefined
      const item = { step, root_id: table.rootIds[row]!, edited_by }
      if (acts !== null && table.hasAnswer(row) && (edited_by !== undefined || acts.has(item))) {
        const [line] =
          table.answerHash(row) === null ? await linesAt(store, ref, { step, places: [table.lineAt(row)] }) : []
        const answer_sha256 = line === undefined ? table.answerHash(row) : await checksumOf(line, table.answers)
        const about = acts.about({ ...item, answer_sha256 })
        column.#said.set(row, { ...about, stale: about.stale || hasNewInput(about, inputs.get(item.root_id)) })
      }
      column.states.push(table.hasAnswer(row) ? column.at(row).state : 'none')
    }
    return column
  }

  isOf(said: Said): boolean {
    return this.#from.acts === said.acts && this.#from.inputs === said.inputs && this.stamp === stampOf(said)
  }

  at(row: number): Reviewed {
    return this.#said.get(row) ?? nothingSaid
  }

  /** `none` if there is no answer. */
  stateAt(row: number): string {
    return this.states.at(row)
  }

  isStale(row: number): boolean {
    return this.at(row).stale
  }

  /** Those of which anything was said, ascending. */
  get rows(): number[] {
    return [...this.#said.keys()].filter((row) => this.at(row).act !== null)
  }

  get staleRows(): number[] {
    return [...this.#said.keys()].filter((row) => this.isStale(row))
  }
}

function stampOf({ acts, inputs }: Said): string {
  return `${acts?.count ?? 0} ${acts?.applied.size ?? 0} ${[...inputs.values()].join()}`
}
