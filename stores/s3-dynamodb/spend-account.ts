/** The spend account of a version: one record that all its Lambdas change, each change on the condition that the sum stays within the limit. */
import { setTimeout as wait } from 'node:timers/promises'
import { StoreUnreadable, StoreUnwritable, WriterReplaced } from '../../core/errors.ts'
import { roundedDollars } from '../../core/money/spending.ts'
import { type SpendAccount, type VersionRef, versionFolder } from '../../core/store.ts'
import type { CloudContext } from './context.ts'
import { CountedOnce } from './counted-once.ts'
import { spendAccountKey } from './records.ts'
import type { Change, TableRow } from './table.ts'
import type { Writer } from './writer.ts'

/** Between two checks whether another Lambda has released its reservation. */
const lookAgainMs = 2000
/** If nothing changes for this long, the Lambda with the reservation is gone. Longer than most answers take. */
const patienceMs = 5 * 60_000

export interface SpendAccountStart {
  /** Undefined keeps the current limit. */
  limit_usd: number | null | undefined
  /** What a new spend account begins with. */
  spent_usd: number
  /** The version's own limit; undefined: it is that. */
  own_usd?: number | null | undefined
}

/** Opens a spend account; null if there is none and no limit is given. Throws StoreUnwritable. */
export async function openSpendAccount(
  here: CloudContext,
  { ref, writer }: { ref: VersionRef; writer: Writer | undefined },
  { limit_usd, spent_usd, own_usd = limit_usd }: SpendAccountStart,
): Promise<TableSpendAccount | null> {
  if (limit_usd === undefined) {
    const row = await here.table.get(spendAccountKey(ref))
    return row === undefined ? null : new TableSpendAccount(here, { ref, writer }, limitsIn(row))
  }
  await here.table.change(spendAccountKey(ref), {
    set: { limit_usd, own_usd },
    setIfMissing: { spent_usd: roundedDollars(spent_usd) },
  })
  return new TableSpendAccount(here, { ref, writer }, { limit_usd, own_usd: own_usd ?? null })
}

export class TableSpendAccount implements SpendAccount {
  readonly #here: CloudContext
  readonly #ref: VersionRef
  readonly #writer: Writer | undefined
  readonly #once: CountedOnce
  #limit: number | null
  readonly own_usd: number | null
  /** The sums when a wait for others began, or last moved, and when that was. */
  #waiting: { sums: string; since: number } | null = null
  #room = 0

  constructor(
    here: CloudContext,
    { ref, writer }: { ref: VersionRef; writer: Writer | undefined },
    { limit_usd, own_usd }: Pick<SpendAccount, 'limit_usd' | 'own_usd'>,
  ) {
    this.#here = here
    this.#ref = ref
    this.#writer = writer
    this.#once = new CountedOnce(here.table, spendAccountKey(ref))
    this.#limit = limit_usd
    this.own_usd = own_usd
  }

  get limit_usd(): number | null {
    return this.#limit
  }

  async reserve(usd: number): Promise<boolean> {
    await this.#writer?.check()
    const amount = roundedDollars(usd)
    for (;;) {
      const { done, row = this.#over() } = await this.#take(amount)
      if (done) return true
      const limit = limitIn(row)
      const same = limit === this.#limit
      this.#limit = limit
      if (same && limit !== null && Number(row.spent_usd) > roundedDollars(limit - amount)) return false
      // The limit has changed, or a reservation was released, since the last request.
    }
  }

  room_usd(): number {
    return this.#room
  }

  async waitForOthers(usd: number): Promise<boolean> {
    const row = await this.#row()
    const now = this.#here.now()
    // What a process spends out of its block moves only the second one.
    const sums = `${row.spent_usd} ${row.reserved_usd}`
    if (!mayFit(row, usd)) return false
    if (this.#waiting?.sums !== sums) this.#waiting = { sums, since: now }
    if (now - this.#waiting.since >= patienceMs) return false
    // Spreads the requests of the Lambdas.
    await wait(lookAgainMs * (0.5 + Math.random() / 2))
    return true
  }

  async settle(reserved_usd: number, actual_usd: number): Promise<void> {
    const reserved = roundedDollars(reserved_usd)
    const add = { spent_usd: roundedDollars(actual_usd - reserved), reserved_usd: -reserved }
    // If the version's work is over, there is nothing left to settle.
    const when = { holds: 'attribute_exists(#spent_usd)' }
    // If it fails the reservation stays: the limit still holds, and the answer that was paid for is kept all the same.
    try {
      const { row } = await this.#once.change({ add, when })
      if (row !== undefined) this.#room = roomIn(row)
    } catch (error) {
      if (!(error instanceof StoreUnwritable || error instanceof StoreUnreadable)) throw error
    }
  }

  async spent(): Promise<number> {
    return roundedDollars(Number((await this.#row()).spent_usd))
  }

  async close(): Promise<void> {
    await this.#once.end()
  }

  async #take(usd: number): Promise<{ done: boolean; row: TableRow | undefined }> {
    const add = { spent_usd: usd, reserved_usd: usd }
    const taken = await this.#once.change({ add, when: fitting(this.#limit, usd) })
    if (taken.done && taken.row !== undefined) {
      this.#waiting = null
      this.#room = roomIn(taken.row)
    }
    return taken
  }

  async #row(): Promise<TableRow> {
    return (await this.#here.table.get(spendAccountKey(this.#ref))) ?? this.#over()
  }

  #over(): never {
    throw new WriterReplaced(
      `${versionFolder(this.#ref)} has no spend account any more: its work is over. Only one run may write a version, so this one stops; what it kept is not lost.`,
    )
  }
}

function fitting(limit: number | null, usd: number): Change['when'] {
  if (limit === null) return { holds: '#limit_usd = :none', values: { none: null } }
  const values = { limit, room: roundedDollars(limit - usd) }
  return { holds: '#limit_usd = :limit AND #spent_usd <= :room', values }
}

/** Whether an amount would fit if everything that is reserved were given back. */
function mayFit(row: TableRow, usd: number): boolean {
  const settled = Number(row.spent_usd) - Number(row.reserved_usd ?? 0)
  return roundedDollars(settled + usd) <= (limitIn(row) ?? Number.POSITIVE_INFINITY)
}

function roomIn(row: TableRow): number {
  return (limitIn(row) ?? Number.POSITIVE_INFINITY) - Number(row.spent_usd)
}

/** A record made before there were limits of a month has no limit of its own. */
function limitsIn(row: TableRow): Pick<SpendAccount, 'limit_usd' | 'own_usd'> {
  const { own_usd } = row
  const limit_usd = limitIn(row)
  return { limit_usd, own_usd: own_usd === undefined ? limit_usd : limitIn({ limit_usd: own_usd }) }
}

function limitIn({ limit_usd }: TableRow): number | null {
  return typeof limit_usd === 'number' ? limit_usd : null
}
