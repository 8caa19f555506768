/** The purse of a version: one record that all its Lambdas change, each change on the condition that the sum stays within the limit. */
import { WriterReplaced } from '../../core/errors.ts'
import { roundedDollars } from '../../core/spending.ts'
import { type Purse, type VersionRef, versionFolder } from '../../core/store.ts'
import { purseKey } from './records.ts'
import type { Surroundings } from './surroundings.ts'
import type { Change, Row } from './table.ts'
import type { Writer } from './writer.ts'

export interface PurseStart {
  /** Undefined leaves the limit that holds. */
  limit_usd: number | null | undefined
  /** What a new purse begins with. */
  spent_usd: number
}

/** Opens a purse; null where there is none and no limit is given. Throws StoreUnwritable. */
export async function openPurse(
  here: Surroundings,
  { ref, writer }: { ref: VersionRef; writer: Writer | undefined },
  { limit_usd, spent_usd }: PurseStart,
): Promise<TablePurse | null> {
  if (limit_usd === undefined) {
    const row = await here.table.get(purseKey(ref))
    return row === undefined ? null : new TablePurse(here, { ref, writer }, limitIn(row))
  }
  await here.table.change(purseKey(ref), { set: { limit_usd }, setIfMissing: { spent_usd: roundedDollars(spent_usd) } })
  return new TablePurse(here, { ref, writer }, limit_usd)
}

export class TablePurse implements Purse {
  readonly #here: Surroundings
  readonly #ref: VersionRef
  readonly #writer: Writer | undefined
  #limit: number | null

  constructor(
    here: Surroundings,
    { ref, writer }: { ref: VersionRef; writer: Writer | undefined },
    limit_usd: number | null,
  ) {
    this.#here = here
    this.#ref = ref
    this.#writer = writer
    this.#limit = limit_usd
  }

  get limit_usd(): number | null {
    return this.#limit
  }

  async reserve(usd: number): Promise<boolean> {
    await this.#writer?.check()
    const amount = roundedDollars(usd)
    for (;;) {
      if (await this.#add(amount, fitting(this.#limit, amount))) return true
      const row = await this.#row()
      const limit = limitIn(row)
      const same = limit === this.#limit
      this.#limit = limit
      if (same && limit !== null && Number(row.spent_usd) > roundedDollars(limit - amount)) return false
      // The limit was changed, or something was given back, since the request before.
    }
  }

  async settle(reserved_usd: number, actual_usd: number): Promise<void> {
    // Of a version whose work is over there is nothing left to settle.
    await this.#add(roundedDollars(actual_usd - reserved_usd), { holds: 'attribute_exists(#spent_usd)' })
  }

  async spent(): Promise<number> {
    return roundedDollars(Number((await this.#row()).spent_usd))
  }

  async close(): Promise<void> {}

  async #add(spent_usd: number, when: Change['when']): Promise<boolean> {
    return (await this.#here.table.change(purseKey(this.#ref), { add: { spent_usd }, when })).done
  }

  async #row(): Promise<Row> {
    const row = await this.#here.table.get(purseKey(this.#ref))
    if (row !== undefined) return row
    throw new WriterReplaced(
      `${versionFolder(this.#ref)} has no purse any more: its work is over. Only one run may write a version, so this one stops; what it kept is not lost.`,
    )
  }
}

function fitting(limit: number | null, usd: number): Change['when'] {
  if (limit === null) return { holds: '#limit_usd = :none', values: { none: null } }
  const values = { limit, room: roundedDollars(limit - usd) }
  return { holds: '#limit_usd = :limit AND #spent_usd <= :room', values }
}

function limitIn({ limit_usd }: Row): number | null {
  return typeof limit_usd === 'number' ? limit_usd : null
}
