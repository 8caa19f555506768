/** A part of a step's ledger, read from where the part before ended: a page costs the same however long the ledger is. */
import type { LedgerLine } from '../documents.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { lines } from '../text/lines.ts'
import { brokenLine, lineIn } from './ledger.ts'

/** A page ends after so many bytes, whatever it found: a failed item among a million is not looked for in one go. */
const mostBytes = 16_000_000

export interface LedgerPageWanted {
  step: number
  /** Only items in this state. */
  state?: LedgerLine['state'] | undefined
  limit: number
  /** The byte where the page before ended; 0 for the first. */
  from: number
}

export interface LedgerPage {
  found: LedgerLine[]
  /** The byte where the next page begins; undefined on the last. */
  last: number | undefined
}

/**
 * Null if the step has no ledger, undefined if no line begins at that byte. Throws RunFailed for a line that is torn or was
 * changed since it was written.
 */
export async function ledgerPage(
  store: Store,
  ref: VersionRef,
  { step, state, limit, from }: LedgerPageWanted,
): Promise<LedgerPage | null | undefined> {
  const path = stepFiles(ref, step).ledger
  const size = await store.size(path)
  if (size === undefined) return null
  if (from > size) return undefined
  // The newline before it tells that a line begins there.
  const start = Math.max(0, from - 1)
  const found: LedgerLine[] = []
  for await (const { text, start: begins, end } of lines(store.read(path, [start, size]))) {
    if (start + begins < from) {
      if (text !== '') return undefined
      continue
    }
    if (text.trim() === '') continue
    const line = lineIn(text)
    if ('broken' in line) throw brokenLine(line.broken, { place: `${path}, byte ${start + begins}`, cause: line.cause })
    if (state === undefined || line.state === state) found.push(line)
    const at = start + end
    const isFull = found.length === limit || at - from >= mostBytes
    if (isFull) return { found, last: at < size ? at : undefined }
  }
  return { found, last: undefined }
}
