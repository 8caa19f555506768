/**
 * What a base has of each item of a step. A base that did not finish answered only some of the items that it had
 * planned, but all of them have their positions and numbers from it, and keep them.
 */

import type { LedgerLine, PlanLine } from '../documents.ts'
import { type KeptItems, type Store, stepFiles, type VersionRef } from '../store.ts'
import { Ascending } from '../text/ascending.ts'
import { bareLine, baseLines } from './ledger.ts'
import { planItems } from './planned-items.ts'
import { isBeside, ofEdit, staysAsInBase } from './suggestions.ts'

/** By item_index ascending; an item without answer or failure is `skipped`. Nothing if there is no base. Throws RunFailed if the base took over what is gone. */
export async function* baseItems(store: Store, base: VersionRef | null, step: number): AsyncGenerator<LedgerLine> {
  if (base === null) return
  const { plan } = stepFiles(base, step)
  if ((await store.size(plan)) === undefined) {
    yield* baseLines(store, base, step)
    return
  }
  const ledger = new Ascending(baseLines(store, base, step))
  const kept = await store.kept(base, step)
  try {
    for await (const planned of planItems(store, plan, { needsAll: true })) {
      const line = await ledger.find(planned.item_index)
      yield line?.state === 'answered' ? line : ((await keptLine(kept, planned)) ?? line ?? carriedLine(planned))
    }
  } finally {
    await Promise.all([ledger.close(), kept.close()])
  }
}

/** What was kept since the ledger was written, or before there was one: in a dry run nobody writes it. */
async function keptLine(kept: KeptItems, planned: PlanLine): Promise<LedgerLine | undefined> {
  if (isBeside(planned)) return undefined
  const line = (await kept.find(planned))?.kept?.line
  return line?.item_id === planned.item_id ? line : undefined
}

function carriedLine(planned: PlanLine): LedgerLine {
  const line = bareLine(planned)
  if (!staysAsInBase(planned) || planned.base === null) return line
  return { ...line, state: planned.base.state, ...ofEdit(planned.base) }
}
