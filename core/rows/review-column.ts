/** How each answer of a step is reviewed, in a column. */
import type { Acts, Reviewed } from '../reviews/reviewed-state.ts'
import { checksumOf } from '../reviews/step-reviews.ts'
import type { Store } from '../store.ts'
import { linesAt } from '../versions/placed-lines.ts'
import type { StepTable } from './step-table.ts'
import { WordColumn } from './word-column.ts'

const nothingSaid: Reviewed = { state: 'unreviewed', stale: false, act: null, comment: null }

export class ReviewColumn {
  /** Another one for other acts. */
  readonly stamp: string
  readonly states = new WordColumn()
  readonly #acts: Acts | null
  /** What is said of answers of which anything is said. */
  readonly #said = new Map<number, Reviewed>()

  private constructor(acts: Acts | null) {
    this.#acts = acts
    this.stamp = stampOf(acts)
  }

  /** `acts`: null for one-off runs, which nobody reviews. */
  static async read(store: Store, table: StepTable, acts: Acts | null): Promise<ReviewColumn> {
    const column = new ReviewColumn(acts)
    const { step, ref } = table.place
    for (let row = 0; row < table.length; row++) {
      const edited_by = table.editedBy.at(row) || undefined
      const item = { step, root_id: table.rootIds[row]!, edited_by }
      if (acts !== null && table.hasAnswer(row) && (edited_by !== undefined || acts.has(item))) {
        const [line] =
          table.answerHash(row) === null ? await linesAt(store, ref, { step, places: [table.lineAt(row)] }) : []
        const answer_sha256 = line === undefined ? table.answerHash(row) : await checksumOf(line, table.answers)
        column.#said.set(row, acts.about({ ...item, answer_sha256 }))
      }
      column.states.push(table.hasAnswer(row) ? column.at(row).state : 'none')
    }
    return column
  }

  isOf(acts: Acts | null): boolean {
    return this.#acts === acts && this.stamp === stampOf(acts)
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

function stampOf(acts: Acts | null): string {
  return String(acts?.count ?? 0)
}
