/** Counts, signs of life and the stop flag of a version in progress. Only the partition progress# is touched. */
import { roundedDollars } from '../../core/money/spending.ts'
import { stepNumber, type VersionRef } from '../../core/store.ts'
import type { CloudContext } from './context.ts'
import { CountedOnce } from './counted-once.ts'
import { isHeld } from './lease.ts'
import { progressPartition, stateKey } from './records.ts'
import type { CloudProgress, RunProgress, StepCounts, StepDelta, StepProgress, Stop } from './run-progress.ts'
import type { TableRow } from './table.ts'
import { isEnded } from './writer.ts'

/** Epoch of a version whose work is over: every writer is older. */
const over = Number.MAX_SAFE_INTEGER

/** For workers of a run that has ended without a reason in the record. */
const runHasEnded: Stop = { by: 'error', error: 'RunInterrupted', message: 'The run has ended.' }

const exists = '#epoch >= :least'
const least = { least: 0 }

export class TableProgress implements CloudProgress {
  readonly #here: CloudContext
  readonly #ref: VersionRef
  /** Of the writer that this process acts for, if it acts for one. */
  readonly #epoch: number | undefined
  readonly #once: CountedOnce

  constructor(here: CloudContext, ref: VersionRef, epoch: number | undefined) {
    this.#here = here
    this.#ref = ref
    this.#epoch = epoch
    this.#once = new CountedOnce(here.table, stateKey(ref))
  }

  async planned(step: number, counts: StepCounts): Promise<void> {
    const set = fieldsOf(step, { ...counts, answered: 0, failed: 0, kept: 0 })
    await this.#here.table.change(stateKey(this.#ref), { set, when: { holds: exists, values: least } })
  }

  async beat(epoch: number, step: number, delta: StepDelta): Promise<{ epoch: number; stop: Stop | null }> {
    const { cost_usd, ...counts } = delta
    const add = { ...counts, cost_usd: roundedDollars(cost_usd ?? 0), unknown_cost: cost_usd === null ? 1 : 0 }
    const given = Object.entries(add).filter(([, number]) => number !== 0)
    // Never makes a record anew: a Lambda that outlived its version would bring it back.
    const sign = { set: { seen: this.#here.now() }, when: { holds: exists, values: least } }
    const changed =
      given.length === 0
        ? await this.#here.table.change(stateKey(this.#ref), sign)
        : await this.#once.change({ ...sign, add: fieldsOf(step, Object.fromEntries(given)) })
    if (!changed.done || changed.row === undefined) return { epoch: over, stop: null }
    const { row } = changed
    if (isEnded(row, epoch)) return { epoch, stop: stopIn(row) ?? runHasEnded }
    return { epoch: Math.max(epoch, Number(row.epoch)), stop: stopIn(row) }
  }

  async leave(): Promise<void> {
    await this.#once.end()
  }

  async waits(epoch: number, until: number): Promise<void> {
    const when = { holds: '#epoch = :mine', values: { mine: epoch } }
    await this.#here.table.change(stateKey(this.#ref), { set: { waits_until: until }, when })
  }

  async stop(reason: Stop): Promise<void> {
    const mine =
      this.#epoch === undefined
        ? { holds: exists, values: least }
        : { holds: '#epoch = :mine', values: { mine: this.#epoch } }
    await this.#here.table.change(stateKey(this.#ref), {
      set: { stop: reason },
      when: { holds: `${mine.holds} AND attribute_not_exists(#stop)`, values: mine.values },
    })
  }

  async read(): Promise<RunProgress | undefined> {
    const rows = await Array.fromAsync(this.#here.table.below(progressPartition(this.#ref)))
    const state = rows.find(({ record }) => record === 'state')
    if (state?.epoch === undefined) return undefined
    const { epoch, started, seen } = state
    return {
      ...{ epoch: Number(epoch), started: Number(started), seen: Number(seen) },
      alive: isHeld(state, this.#here.now()),
      stop: stopIn(state),
      account: accountIn(rows.find(({ record }) => record === 'purse')),
      steps: stepsIn(state),
    }
  }
}

/** `items` of step 1 → `s01_items`. */
function fieldsOf<T>(step: number, fields: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`s${stepNumber(step)}_${name}`, value]))
}

function stopIn({ stop }: TableRow): Stop | null {
  return (stop as Stop | undefined) ?? null
}

function accountIn(row: TableRow | undefined): RunProgress['account'] {
  if (row === undefined) return null
  const { limit_usd, spent_usd } = row
  return { limit_usd: typeof limit_usd === 'number' ? limit_usd : null, spent_usd: roundedDollars(Number(spent_usd)) }
}

function stepsIn(state: TableRow): StepProgress[] {
  const steps = Object.keys(state).map((name) => Number(/^s(\d+)_/.exec(name)?.[1] ?? 0))
  const numbers = [...new Set(steps)].filter((step) => step > 0).sort((a, b) => a - b)
  return numbers.map((step) => stepIn(state, step))
}

function stepIn(state: TableRow, step: number): StepProgress {
  const count = (name: string) => Number(state[`s${stepNumber(step)}_${name}`] ?? 0)
  const [process, answered, failed] = [count('process'), count('answered'), count('failed')]
  // The next Lambda finds kept what a killed one had counted.
  const kept = process === 0 ? count('kept') : Math.min(count('kept'), Math.max(0, process - answered - failed))
  return {
    ...{ step, items: count('items'), process, carry: count('carry'), skip: count('skip') },
    ...{ answered, failed, kept },
    ...{ input_tokens: count('input_tokens'), output_tokens: count('output_tokens') },
    ...{ cache_read_tokens: count('cache_read_tokens'), cache_write_tokens: count('cache_write_tokens') },
    cost_usd: count('unknown_cost') > 0 ? null : roundedDollars(count('cost_usd')),
  }
}
