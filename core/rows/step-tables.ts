/** The tables of the steps that were looked at last. Versions are immutable, so that a table is read once; what is reviewed changes. */
import { KnownActs } from '../reviews/known-acts.ts'
import { oneOffs, type Store, stepFiles, type VersionRef } from '../store.ts'
import { Turns } from '../text/turns.ts'
import { placeOf, type VersionStep } from '../versions/version-steps.ts'
import { EditInputs } from './edit-inputs.ts'
import { type FirstRows, firstRows } from './first-rows.ts'
import { StepRows } from './step-rows.ts'
import { StepTable } from './step-table.ts'

/** Items of all tables that are held: about 100 bytes each. */
const mostRows = 600_000

export class StepTables {
  readonly acts: KnownActs
  readonly inputs: EditInputs
  /** Reviews of a pipeline are checked and added one after the other. */
  readonly turns = new Turns()
  readonly #store: Store
  readonly #tables = new Map<string, Promise<StepRows>>()
  readonly #rows = new Map<string, number>()
  /** First rows that are being found: tables are read afterwards, as that takes all of the processor. */
  readonly #first = new Set<Promise<unknown>>()

  constructor(store: Store) {
    this.#store = store
    this.acts = new KnownActs(store)
    this.inputs = new EditInputs(store)
  }

  /** Undefined if the step is not collated yet. Throws RunFailed for a ledger that is not as it was written. */
  async rowsOf(ref: VersionRef, step: VersionStep): Promise<StepRows | undefined> {
    const paths = [stepFiles(ref, step.step).ledger, step.collated]
    const sizes = await Promise.all(paths.map((path) => this.#store.size(path)))
    if (sizes[0] === undefined) return undefined
    // An editor, or doctor, may have changed one of them.
    const key = JSON.stringify([ref.pipeline, ref.version, step.step, ...sizes])
    const known = this.#tables.get(key) ?? this.#read(ref, step)
    this.#tables.delete(key)
    this.#tables.set(key, known)
    try {
      const rows = await known
      this.#rows.set(key, rows.table.length)
      this.#makeRoom(key)
      return rows
    } catch (error) {
      this.#tables.delete(key)
      throw error
    }
  }

  async #read(ref: VersionRef, step: VersionStep): Promise<StepRows> {
    await Promise.allSettled(this.#first)
    const table = await StepTable.read(this.#store, placeOf(ref, step))
    // Whoever looks at it searches it soon. What is wrong with the array is told then.
    void table.isProven().catch(() => {})
    return new StepRows(this.#store, { table, acts: this.acts })
  }

  /**
   * The first rows of a step in the order of the input, as long as its table is not there; reading it is begun. Undefined if the table is
   * there, or has to be waited for.
   */
  async firstRows(
    ref: VersionRef,
    step: VersionStep,
    wanted: { from: number; limit: number; mostBytes: number },
  ): Promise<FirstRows | undefined> {
    const beginning = `${JSON.stringify([ref.pipeline, ref.version, step.step]).slice(0, -1)},`
    if ([...this.#rows.keys()].some((key) => key.startsWith(beginning))) return undefined
    const finding = this.#find(ref, { ...wanted, step })
    this.#first.add(finding)
    const found = await finding.finally(() => this.#first.delete(finding))
    // Whoever sees them filters them next. What is wrong with the table is told then.
    if (found !== undefined) void this.rowsOf(ref, step).catch(() => {})
    return found
  }

  async #find(ref: VersionRef, wanted: Omit<Parameters<typeof firstRows>[2], 'acts'>): Promise<FirstRows | undefined> {
    const acts = ref.pipeline === oneOffs ? null : await this.acts.of(ref.pipeline)
    return firstRows(this.#store, ref, { ...wanted, acts })
  }

  #makeRoom(wanted: string): void {
    let sum = [...this.#rows.values()].reduce((all, rows) => all + rows, 0)
    for (const key of [...this.#tables.keys()]) {
      if (sum <= mostRows || key === wanted) return
      sum -= this.#rows.get(key) ?? 0
      this.#tables.delete(key)
      this.#rows.delete(key)
    }
  }
}
