/** How each answer of a step is reviewed, in a column. When more is said, only what it is about is looked at again. */
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
  /** Null for one-off runs, which nobody reviews. Acts may be added to it. */
  acts: Acts | null
  /** What edited items are made from today, by root id. */
  inputs: ReadonlyMap<string, string>
}

/** What a column has taken up. */
interface TakenUp extends Said {
  count: number
  applied: Acts['applied'] | undefined
}

export class ReviewColumn {
  readonly states = new WordColumn()
  readonly #store: Store
  readonly #table: StepTable
  /** What is said of answers of which anything is said. */
  readonly #said = new Map<number, Reviewed>()
  readonly #stale = new Set<number>()
  #takenUp: TakenUp
  #stamp: number

  private constructor(store: Store, table: StepTable, { said, stamp }: { said: Said; stamp: number }) {
    this.#store = store
    this.#table = table
    this.#takenUp = takenUpOf(said)
    this.#stamp = stamp
  }

  /** Looks at every answer. `stamp`: another one than that of the column in whose place this one comes. */
  static async read(
    store: Store,
    table: StepTable,
    { said, stamp = 0 }: { said: Said; stamp?: number },
  ): Promise<ReviewColumn> {
    const column = new ReviewColumn(store, table, { said, stamp })
    for (let row = 0; row < table.length; row++) {
      column.states.push(table.hasAnswer(row) ? nothingSaid.state : 'none')
      // Of most rows there is nothing to wait for.
      if (said.acts !== null && column.#isSaidOf(row, said.acts)) await column.#look(row, { ...said, acts: said.acts })
    }
    return column
  }

  /** Goes up if anything was said, or put in place, since. */
  get stamp(): number {
    return this.#stamp
  }

  /** Takes up what is new. False if that is not enough, as these are not the acts that it was made from. */
  async follow(said: Said): Promise<boolean> {
    const { acts } = said
    const before = this.#takenUp
    if (acts !== before.acts) return false
    if (acts === null) return true
    const now = takenUpOf(said)
    const rows = this.#rowsOf(acts.after(before.count))
    const isPutInPlace = now.applied !== before.applied || now.inputs !== before.inputs
    const edited = isPutInPlace
      ? this.#rowsOf(acts.edited(this.#step).map((item) => ({ ...item, step: this.#step })))
      : []
    const changed = new Set([...rows, ...edited])
    for (const row of changed) await this.#look(row, { ...said, acts })
    this.#takenUp = now
    if (changed.size > 0) this.#stamp += 1
    return true
  }

  get #step(): number {
    return this.#table.place.step
  }

  #rowsOf(items: readonly { step: number; root_id: string }[]): number[] {
    return items.flatMap(({ step, root_id }) => {
      const row = step === this.#step ? this.#table.rowOf(root_id) : undefined
      return row !== undefined && this.#table.hasAnswer(row) ? [row] : []
    })
  }

  #isSaidOf(row: number, acts: Acts): boolean {
    const table = this.#table
    return (
      table.hasAnswer(row) &&
      (table.editedBy.at(row) !== '' || acts.has({ step: this.#step, root_id: table.rootIds[row]! }))
    )
  }

  async #look(row: number, { acts, inputs }: Said & { acts: Acts }): Promise<void> {
    const table = this.#table
    const root_id = table.rootIds[row]!
    const edited_by = table.editedBy.at(row) || undefined
    const known = table.answerHash(row)
    const answer_sha256 = known ?? (await this.#checksumOf(row))
    const about = acts.about({ step: this.#step, root_id, edited_by, answer_sha256 })
    const stale = about.stale || hasNewInput(about, inputs.get(root_id))
    this.#said.set(row, stale === about.stale ? about : { ...about, stale })
    this.states.set(row, about.state)
    if (stale) this.#stale.add(row)
    else this.#stale.delete(row)
  }

  /** Of an answer of a version older than checksums. */
  async #checksumOf(row: number): Promise<string | null> {
    const { place, answers } = this.#table
    const [line] = await linesAt(this.#store, place.ref, { step: place.step, places: [this.#table.lineAt(row)] })
    return line === undefined ? null : checksumOf(line, answers)
  }

  at(row: number): Reviewed {
    return this.#said.get(row) ?? nothingSaid
  }

  /** `none` if there is no answer. */
  stateAt(row: number): string {
    return this.states.at(row)
  }

  isStale(row: number): boolean {
    return this.#stale.has(row)
  }

  /** Those of which anything was said, ascending. */
  get rows(): number[] {
    return [...this.#said.keys()].filter((row) => this.at(row).act !== null).sort((a, b) => a - b)
  }

  /** In no order. */
  get staleRows(): number[] {
    return [...this.#stale]
  }
}

function takenUpOf({ acts, inputs }: Said): TakenUp {
  return { acts, inputs, count: acts?.count ?? 0, applied: acts?.applied }
}
