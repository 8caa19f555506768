/** Items that were read or will be read next: whoever goes on to the next one does not wait. */
import { call } from '../api/call.ts'
import type { ItemDocument } from '../api/shapes.ts'
import type { StepRef } from './rows.ts'

const most = 40
const kept = new Map<string, ItemDocument>()

export function itemKey(ref: StepRef, id: string): string {
  return JSON.stringify([ref.pipeline, ref.version, ref.step, id])
}

/** As it was when it was fetched last. */
export function knownItem(ref: StepRef, id: string): ItemDocument | null {
  return kept.get(itemKey(ref, id)) ?? null
}

export async function fetchItem(ref: StepRef, id: string, signal?: AbortSignal): Promise<ItemDocument> {
  const path = ['pipelines', ref.pipeline, 'versions', ref.version, 'items', id]
  const item = await call<ItemDocument>('GET', path, { query: { step: ref.step }, ...(signal && { signal }) })
  const key = itemKey(ref, id)
  kept.delete(key)
  // A long one would fill the memory forty times.
  if (JSON.stringify(item).length < 500_000) kept.set(key, item)
  const [oldest] = kept.keys()
  if (kept.size > most && oldest !== undefined) kept.delete(oldest)
  return item
}

/** Fetches an item that is likely read next. */
export function prefetchItem(ref: StepRef, id: string): void {
  if (!kept.has(itemKey(ref, id))) fetchItem(ref, id).catch(() => {})
}
