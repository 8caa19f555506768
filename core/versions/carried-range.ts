/**
 * The carried items of a plan in few lines: a rerun of one item among a million has a range of items before it and one behind it. What
 * is not in such a line stands in the base's ledger.
 */
import type { PlanLine } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { LinesByPosition } from './lines-by-position.ts'

/** A line of a plan that stands for many: all items from one position to another, with their lines in a base's ledger. */
export interface PlanRange extends Pick<PlanLine, 'item_index' | 'item_id' | 'segment' | 'reason'> {
  decision: 'carry'
  /** `item_index`, the position of the last one, is where the highest position is looked for. */
  carried: { base_version: string; from: number; to: number }
}

/** Fewer lines stay as they are. */
const fewestItems = 4

/** Makes ranges of the lines of a plan. */
export class CarriedFold {
  readonly #base: VersionRef
  #lines: PlanLine[] = []
  #reason = ''
  #from = 0
  #to = -1

  constructor(base: VersionRef) {
    this.#base = base
  }

  /** Takes the next line; returns the lines that are to be written now. */
  add(line: PlanLine): (PlanLine | PlanRange)[] {
    if (!isAsInBase(line)) return [...this.end(), line]
    const out = this.addAnswered(line.item_index, line.reason)
    // A short range stays as its lines.
    if (this.#count - 1 === this.#lines.length && this.#count < fewestItems) this.#lines.push(line)
    return out
  }

  /** The same with an item whose line in the base says all that a line of the plan would. */
  addAnswered(item_index: number, reason: string): (PlanLine | PlanRange)[] {
    const out = item_index === this.#to + 1 && reason === this.#reason ? [] : this.end()
    if (this.#count === 0) this.#from = item_index
    this.#to = item_index
    this.#reason = reason
    return out
  }

  /** What is left. */
  end(): (PlanLine | PlanRange)[] {
    const out = this.#count === this.#lines.length ? this.#lines : [this.#range()]
    this.#lines = []
    this.#from = 0
    this.#to = -1
    return out
  }

  get #count(): number {
    return this.#to - this.#from + 1
  }

  #range(): PlanRange {
    const reason = this.#reason
    const carried = { base_version: this.#base.version, from: this.#from, to: this.#to }
    return { item_index: this.#to, item_id: '', segment: '', decision: 'carry', reason, carried }
  }
}

/** Whether the base's line says all that the plan's does; not of an item whose content is gone from the input, which is told. */
function isAsInBase({ decision, item, root, base, ...line }: PlanLine): boolean {
  return (
    decision === 'carry' &&
    base !== null &&
    item !== null &&
    root === null &&
    base.item_index === line.item_index &&
    base.item_id === line.item_id &&
    base.root_id === line.root_id &&
    base.segment === line.segment &&
    base.output_id === line.output_id
  )
}

export interface RangeOptions {
  needsAll?: boolean
}

/** Reads the items of ranges, which ascend, from the base's ledger; its lines are read once. */
export class RangeItems {
  readonly #store: Store
  readonly #pipeline: string
  readonly #step: number
  readonly #needsAll: boolean
  #lines: LinesByPosition | null = null
  #version = ''

  /** `plan`: the path of the plan. `needsAll`: what the base no longer has is an error. */
  constructor(store: Store, plan: string, { needsAll = false }: RangeOptions = {}) {
    const [, pipeline = '', , , file = ''] = plan.split('/')
    this.#needsAll = needsAll
    this.#store = store
    this.#pipeline = pipeline
    this.#step = Number.parseInt(file, 10)
  }

  /** A position that the base no longer has comes without a base line, or throws RunFailed. */
  async *of({ reason, carried: { base_version, from, to } }: PlanRange): AsyncGenerator<PlanLine> {
    if (this.#version !== base_version) await this.close()
    this.#version = base_version
    this.#lines ??= new LinesByPosition(this.#store, { pipeline: this.#pipeline, version: base_version }, this.#step)
    for (let item_index = from; item_index <= to; item_index++) {
      const base = await this.#lines.find(item_index)
      if (base === null && this.#needsAll) throw this.#lacking(base_version, item_index)
      const { item_id, root_id, segment, output_id } = base ?? lost(item_index)
      const id_json = JSON.stringify(item_id)
      const ids = { item_index, item_id, id_json, root_id, segment, output_id }
      yield { ...ids, item: null, root: null, base, decision: 'carry', reason }
    }
  }

  #lacking(version: string, item_index: number): RunFailed {
    return new RunFailed(
      `An unfinished version of ${this.#pipeline} takes over answers that its base ${version} no longer has (step ${this.#step}, position ${item_index}), so nothing can be built on it. Put outputs/${this.#pipeline}/${version} back from a copy, or start a run without batch_skip_existing.`,
    )
  }

  async close(): Promise<void> {
    await this.#lines?.close()
    this.#lines = null
  }
}

function lost(item_index: number): Pick<PlanLine, 'item_id' | 'root_id' | 'segment' | 'output_id'> {
  const name = `(position ${item_index})`
  return { item_id: name, root_id: name, segment: '', output_id: null }
}
