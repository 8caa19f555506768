/** What was sent for an item and what came back, wherever the version that asked keeps it: in files of the item, or in packs. */
import type { LedgerLine } from '../documents.ts'
import { type KeptSoFar, type Store, stepFiles, type VersionRef } from '../store.ts'
import { type PlacedItem, packedEntry, packPath } from './packs.ts'
import { planItems } from './planned-items.ts'
import { textIfThere } from './version-documents.ts'

export interface AskedStep {
  /** The version that asked. */
  ref: VersionRef
  step: number
}

/** An item's answer as its own file holds it, but without the last newline. It may not be what was written. */
export async function keptAnswer(store: Store, asked: AskedStep, item: PlacedItem): Promise<string | undefined> {
  const text = await textIfThere(store, stepFiles(asked.ref, asked.step).output(item.segment))
  if (text !== undefined) return text.replace(/\n$/, '')
  return (await packedEntry(store, { ...asked, kind: 'items' }, item))?.answer ?? undefined
}

/** What came back for an item and could not be used. */
export async function keptReply(
  store: Store,
  asked: AskedStep,
  item: PlacedItem & Pick<LedgerLine, 'state'>,
): Promise<string | undefined> {
  const text = await textIfThere(store, stepFiles(asked.ref, asked.step).reply(item.segment))
  if (text !== undefined || item.state !== 'failed') return text
  return (await packedEntry(store, { ...asked, kind: 'items' }, item))?.reply ?? undefined
}

/** What was sent for an item, and where that stands, or would. */
export async function keptPrompt(
  store: Store,
  asked: AskedStep & { batch_mode: boolean },
  item: Pick<LedgerLine, 'item_index' | 'segment'>,
): Promise<{ prompt: string | null; path: string }> {
  const { ref, step, batch_mode } = asked
  const path = stepFiles(ref, step).prompt(batch_mode ? item.segment : null)
  const text = await textIfThere(store, path)
  if (text !== undefined || !batch_mode) return { prompt: text ?? null, path }
  const pack = packPath(ref, step, { kind: 'prompts', item_index: item.item_index })
  if ((await store.size(pack)) === undefined) return { prompt: null, path }
  const entry = await packedEntry(store, { ref, step, kind: 'prompts' }, item)
  return { prompt: entry?.prompt ?? null, path: pack }
}

/** What an unfinished version knows of an item that its plan names: what is packed stands in its journal until it is collated. */
export async function keptSoFar(store: Store, { ref, step }: AskedStep, id: string): Promise<KeptSoFar | undefined> {
  const { plan } = stepFiles(ref, step)
  if ((await store.size(plan)) === undefined) return undefined
  for await (const planned of planItems(store, plan)) {
    if (planned.root_id !== id && planned.item_id !== id) continue
    const kept = await store.kept(ref, step)
    try {
      return await kept.find(planned, 'with prompt')
    } finally {
      await kept.close()
    }
  }
  return undefined
}
