/**
 * Which rows are odd, and how: the oddities that a version's record counts, for each answer of the array that the model wrote. Those that are about all
 * answers, such as a value that no answer has, are no rows.
 */
import { idFields } from '../answers/id-fields.ts'
import type { LedgerLine, Oddity } from '../documents.ts'
import type { Found } from '../oddities/oddities-found.ts'
import { OddityWatch, type Witness } from '../oddities/oddity-watch.ts'
import { bucketOf } from '../oddities/spread.ts'
import type { Store } from '../store.ts'
import { placedLines } from '../versions/placed-lines.ts'
import { readRun } from '../versions/version-documents.ts'
import { rowAnswers } from './answer-runs.ts'
import { type OddChoice, oddChoices } from './row-filter.ts'
import { stepItems } from './step-items.ts'
import type { StepTable } from './step-table.ts'

export interface OddRows {
  kind: OddChoice
  /** Absent if it is about the whole answer. */
  field?: string
  /** Ascending. */
  rows: Uint32Array
}

/** `short:text`, `empty` */
export function oddKey({ kind, field }: Pick<Oddity, 'kind' | 'field'>): string {
  return field === undefined ? kind : `${kind}:${field}`
}

/** The most telling first. Reads all answers and what they were made from. */
export async function oddRows(store: Store, table: StepTable): Promise<OddRows[]> {
  const { ref, step } = table.place
  const run = await readRun(store, ref)
  const resolved = run.steps[step - 1]
  if (resolved === undefined) return []
  const seen = new SeenRows(table.length)
  const watch = new OddityWatch(resolved, idFields(resolved), seen)
  const items = stepItems(store, ref, { run, step })
  const lines = linesOf(store, table)
  try {
    for await (const { row, answer } of rowAnswers(store, table)) {
      const line = await lines.at(row)
      if (line === undefined || line.state !== 'answered' || line.edited_by !== undefined) continue
      const item = await items.of(line)
      watch.add({ root_id: String(row), fingerprint: line.fingerprint, cost_usd: line.cost_usd, answer, item })
    }
  } finally {
    await Promise.all([items.close(), lines.close()])
  }
  return watch.told().flatMap((found) => seen.rowsOf(found))
}

/** Lines by row, ascending. */
function linesOf(store: Store, { place }: StepTable) {
  const lines = everyLine()
  let next = 0
  async function* everyLine(): AsyncGenerator<LedgerLine> {
    for await (const piece of placedLines(store, place.ref, place.step)) for (const { line } of piece) yield line
  }
  return {
    async at(row: number): Promise<LedgerLine | undefined> {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) return undefined
        if (next++ === row) return value
      }
    },
    async close(): Promise<void> {
      await lines.return(undefined)
    },
  }
}

const noBucket = 0xffff

/** Notes rows as they are watched: which of them count, and in which bucket their amounts are. */
class SeenRows implements Witness {
  readonly #length: number
  readonly #rows = new Map<string, number[]>()
  readonly #buckets = new Map<string, Uint16Array>()

  constructor(length: number) {
    this.#length = length
  }

  seen(kind: Oddity['kind'], field: string | undefined, id: string): void {
    const key = oddKey({ kind, ...(field !== undefined && { field }) })
    const rows = this.#rows.get(key)
    if (rows === undefined) this.#rows.set(key, [Number(id)])
    else rows.push(Number(id))
  }

  amount(of: 'length' | 'cost', field: string, amount: number, id: string): void {
    const key = `${of}:${field}`
    const buckets = this.#buckets.get(key) ?? new Uint16Array(this.#length).fill(noBucket)
    this.#buckets.set(key, buckets)
    buckets[Number(id)] = bucketOf(amount)
  }

  /** None of what is said of all answers together. */
  rowsOf({ kind: found, field, isOut }: Found): OddRows[] {
    const kind = oddChoices.find((choice) => choice === found)
    if (kind === undefined) return []
    const about = { kind, ...(field !== undefined && { field }) }
    if (isOut === undefined) {
      const rows = this.#rows.get(oddKey(about))
      return rows === undefined ? [] : [{ ...about, rows: Uint32Array.from(rows) }]
    }
    const buckets = this.#buckets.get(kind === 'cost' ? 'cost:' : `length:${field ?? ''}`) ?? new Uint16Array()
    const rows: number[] = []
    for (let row = 0; row < buckets.length; row++) if (buckets[row] !== noBucket && isOut(buckets[row]!)) rows.push(row)
    return [{ ...about, rows: Uint32Array.from(rows) }]
  }
}
