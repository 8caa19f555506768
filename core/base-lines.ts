/** Reads what a base has of a step. */
import type { LedgerLine } from './documents.ts'
import { FileMissing } from './errors.ts'
import { readLedger } from './ledger.ts'
import type { Store, VersionRef } from './store.ts'

/** The base's lines of a step; none where there is no base, or where the base never came to this step. */
export async function* baseLines(store: Store, base: VersionRef | null, step: number): AsyncGenerator<LedgerLine> {
  if (base === null) return
  try {
    yield* readLedger(store, base, step)
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error
  }
}

/** Finds base lines by item_index; both ascend. */
export class BaseFinder {
  readonly #lines: AsyncIterator<LedgerLine>
  #line: LedgerLine | null = null
  #ended = false

  constructor(lines: AsyncIterable<LedgerLine>) {
    this.#lines = lines[Symbol.asyncIterator]()
  }

  async find(index: number): Promise<LedgerLine | null> {
    while (!this.#ended && (this.#line === null || this.#line.item_index < index)) {
      const next = await this.#lines.next()
      this.#ended = next.done === true
      this.#line = next.done ? null : next.value
    }
    return this.#line?.item_index === index ? this.#line : null
  }

  async close(): Promise<void> {
    await this.#lines.return?.()
  }
}
