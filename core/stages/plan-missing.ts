/** Lists the chunks of a step that have to be processed once more: those with planned items that have neither an answer nor a failure. */
import type { Chunk, PlanLine } from '../documents.ts'
import { type KeptItems, type Store, stepFiles, type VersionRef } from '../store.ts'
import { itemsToProcess } from '../versions/planned-items.ts'
import { readText } from '../versions/version-documents.ts'

/** Writes the list, in the form of the step's own list of chunks. Throws StoreUnreadable, StoreUnwritable. */
export async function planMissing(
  store: Store,
  ref: VersionRef,
  step: number,
): Promise<{ file: string; chunks: number }> {
  const { plan, chunks: all, missing: file } = stepFiles(ref, step)
  const chunks: Chunk[] = JSON.parse(await readText(store, all))
  const missing: Chunk[] = []
  const kept = await store.kept(ref, step)
  try {
    for (const chunk of chunks) if (await lacksItem(kept, itemsToProcess(store, plan, chunk.bytes))) missing.push(chunk)
  } finally {
    await kept.close()
  }
  await store.write(file, `${JSON.stringify(missing, null, 1)}\n`)
  return { file, chunks: missing.length }
}

async function lacksItem(kept: KeptItems, items: AsyncIterable<PlanLine>): Promise<boolean> {
  for await (const item of items) if (!(await kept.find(item, 'outcome'))?.kept) return true
  return false
}
