/** Finds rows by a key in a stream that mostly has the order in which they are asked for: holds only what was passed over. */

/** Rows that are looked at together have no more characters. */
const mostAhead = 16 * 2 ** 20

export interface FinderOptions<Row> {
  keyOf: (row: Row) => string
  /** Characters of its text, about. */
  sizeOf: (row: Row) => number
}

export class Finder<Row> {
  readonly #batches: AsyncGenerator<readonly Row[]>
  readonly #options: FinderOptions<Row>
  readonly #passed = new Map<string, Row>()
  /** Rows that came and are not taken, from `#at` on. */
  #rows: readonly Row[] = []
  #at = 0

  constructor(batches: AsyncGenerator<readonly Row[]>, options: FinderOptions<Row>) {
    this.#batches = batches
    this.#options = options
  }

  async find(key: string): Promise<Row | undefined> {
    const passed = this.#passed.get(key)
    if (passed !== undefined) {
      this.#passed.delete(key)
      return passed
    }
    do {
      while (this.#at < this.#rows.length) {
        const row = this.#rows[this.#at]!
        this.#at += 1
        const itsKey = this.#options.keyOf(row)
        if (itsKey === key) return row
        this.#passed.set(itsKey, row)
      }
    } while (await this.#more())
    return undefined
  }

  /** The next rows, which stay where they are; fewer if the stream ends, undefined if they are too large to be held together. */
  async lookAhead(count: number): Promise<readonly Row[] | undefined> {
    for (;;) {
      const rows = this.#rows.slice(this.#at, this.#at + count)
      if (rows.reduce((sum, row) => sum + this.#options.sizeOf(row), 0) > mostAhead) return undefined
      if (rows.length === count || !(await this.#more())) return rows
    }
  }

  /** Takes the next rows, which were looked at. */
  take(count: number): void {
    this.#at += count
  }

  /** False if no rows come any more. */
  async #more(): Promise<boolean> {
    const { done, value } = await this.#batches.next()
    if (done) return false
    const left = this.#rows.slice(this.#at)
    this.#rows = left.length === 0 ? value : [...left, ...value]
    this.#at = 0
    return true
  }

  /** What was never asked for, in the order of the stream. */
  async *rest(): AsyncGenerator<Row> {
    yield* this.#passed.values()
    do {
      yield* this.#rows.slice(this.#at)
      this.#at = this.#rows.length
    } while (await this.#more())
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#batches.return(undefined)
  }
}
