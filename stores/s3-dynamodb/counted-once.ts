/** The changes of one record by one worker that count once each, such as amounts that are added. They are made one after the other. */
import { randomBytes } from 'node:crypto'
import type { Change, Key, Table, TableRow } from './table.ts'

export class CountedOnce {
  readonly #table: Table
  readonly #key: Key
  /** The worker's field in the record: short, since each worker at work has one there, and a write costs by the record's size. */
  readonly #field = `w_${randomBytes(4).toString('hex')}`
  #number = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(table: Table, key: Key) {
    this.#table = table
    this.#key = key
  }

  /** Makes a change if its condition holds. Returns the record, undefined if there is none. Throws StoreUnwritable, StoreUnreadable. */
  change(change: Change): Promise<{ done: boolean; row: TableRow | undefined }> {
    this.#number += 1
    const mark = { field: this.#field, number: this.#number }
    // One field has room for one mark.
    const made = this.#last.then(() => this.#table.changeOnce(this.#key, change, mark))
    this.#last = made.catch(() => {})
    return made
  }

  /** Takes the worker's field out of the record. If the table cannot be reached, it stays there: a few bytes until the work is over. */
  async end(): Promise<void> {
    await this.#last
    if (this.#number === 0) return
    const when = { holds: `attribute_exists(#${this.#field})` }
    await this.#table.change(this.#key, { remove: [this.#field], when }).catch(() => {})
  }
}
