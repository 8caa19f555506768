/** Reads what a base has of a step. */
import type { LedgerLine } from '../documents.ts'
import { FileMissing } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { readLedger } from './ledger.ts'

/** The base's lines of a step; none if there is no base, or if the base never reached this step. */
export async function* baseLines(store: Store, base: VersionRef | null, step: number): AsyncGenerator<LedgerLine> {
  if (base === null) return
  try {
    yield* readLedger(store, base, step)
  } catch (error) {
    if (!(error instanceof FileMissing)) throw error
  }
}
