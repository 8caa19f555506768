/** Finds the ledger lines of an id: by the index of the ledger if there is one that fits it, else by reading the ledger. */
import type { LedgerLine } from '../documents.ts'
import { type ByteRange, type Store, stepFiles, type VersionRef } from '../store.ts'
import { bytesAt, fittingHead } from './index-head.ts'
import { idHash, pageIn, pageRange, pagesOf } from './index-pages.ts'
import { baseLines, lineIn, readLedger } from './ledger.ts'
import type { IndexHead } from './ledger-index.ts'
import { idsOf } from './line-names.ts'

/**
 * The lines whose root id, own id or sequential id this is, in the order of the ledger. Throws FileMissing if the step has no ledger,
 * RunFailed for a line that is not as it was written.
 */
export async function linesOfId(store: Store, ref: VersionRef, wanted: { step: number; id: string }) {
  const { step, id } = wanted
  const found = await (await LedgerIndex.open(store, ref, step))?.linesOf(id)
  if (found !== undefined) return found
  return Array.fromAsync(matching(readLedger(store, ref, step), id))
}

/** More ids are found sooner by reading the ledger once. */
const mostSought = 200

/**
 * The lines with one of these root ids, each once, in no particular order; none if there is no ledger. Throws RunFailed for a line
 * that is not as it was written.
 */
export async function linesOfIds(
  store: Store,
  ref: VersionRef,
  { step, ids }: { step: number; ids: readonly string[] },
): Promise<LedgerLine[]> {
  const named = new Set(ids)
  const index = named.size > mostSought ? undefined : await LedgerIndex.open(store, ref, step)
  const found: LedgerLine[] = []
  for (const id of index === undefined ? [] : named) {
    const lines = await index?.linesOf(id)
    if (lines === undefined) return Array.fromAsync(withRoots(baseLines(store, ref, step), named))
    found.push(...lines.filter(({ root_id }) => root_id === id))
  }
  return index === undefined ? Array.fromAsync(withRoots(baseLines(store, ref, step), named)) : found
}

async function* withRoots(lines: AsyncIterable<LedgerLine>, named: ReadonlySet<string>): AsyncGenerator<LedgerLine> {
  for await (const line of lines) if (named.has(line.root_id)) yield line
}

async function* matching(lines: AsyncIterable<LedgerLine>, id: string): AsyncGenerator<LedgerLine> {
  for await (const line of lines) if (idsOf(line).has(id)) yield line
}

/** An index that fits its ledger, as far as their sizes and the ledger's last line tell. */
export class LedgerIndex {
  readonly head: IndexHead
  readonly #store: Store
  readonly #files: ReturnType<typeof stepFiles>

  private constructor(store: Store, files: ReturnType<typeof stepFiles>, head: IndexHead) {
    this.#store = store
    this.#files = files
    this.head = head
  }

  /** Undefined if there is none that can be used. */
  static async open(store: Store, ref: VersionRef, step: number): Promise<LedgerIndex | undefined> {
    const head = await fittingHead(store, ref, step)
    return head && new LedgerIndex(store, stepFiles(ref, step), head)
  }

  /** Each line is checked. Undefined if the index cannot tell: a part of it is damaged, or it leads to something else. */
  async linesOf(id: string): Promise<LedgerLine[] | undefined> {
    const hash = idHash(id)
    const found: LedgerLine[] = []
    for (const page of pagesOf(this.head, hash)) {
      const bytes = await bytesAt(this.#store, this.#files.index, pageRange(this.head, page))
      const entries = bytes && pageIn(bytes, page)
      if (entries === undefined) return undefined
      for (const entry of entries) {
        if (entry.hash !== hash) continue
        const line = await this.#line(entry.line)
        const ids = line === undefined ? [] : [...idsOf(line)]
        if (line === undefined || !ids.some((one) => idHash(one) === hash)) return undefined
        if (ids.includes(id)) found.push(line)
      }
    }
    return found
  }

  async #line(range: ByteRange): Promise<LedgerLine | undefined> {
    const text = (await bytesAt(this.#store, this.#files.ledger, range))?.toString('utf8')
    if (text === undefined || !text.endsWith('\n') || text.indexOf('\n') !== text.length - 1) return undefined
    const line = lineIn(text.slice(0, -1))
    return 'broken' in line ? undefined : line
  }
}
