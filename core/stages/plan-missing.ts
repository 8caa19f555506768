/** Lists the chunks of a step that have to be processed once more: those with planned items that have neither an answer nor a failure. */
import type { Chunk } from '../documents.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { lines } from '../text/lines.ts'
import { parsePlanText } from '../versions/planned-items.ts'
import { readText } from '../versions/version-documents.ts'

/** Writes the list, in the form of the step's own list of chunks. Throws StoreUnreadable, StoreUnwritable. */
export async function planMissing(
  store: Store,
  ref: VersionRef,
  step: number,
): Promise<{ file: string; chunks: number }> {
  const { plan, chunks: all, missing: file } = stepFiles(ref, step)
  const chunks: Chunk[] = JSON.parse(await readText(store, all))
  const missing = new Set<Chunk>()
  const kept = await store.kept(ref, step)
  // The lines of the plan and the chunks are in the same order.
  let at = 0
  try {
    for await (const { text, end } of lines(store.read(plan))) {
      while (at < chunks.length && end > chunks[at]!.bytes[1]) at += 1
      const planned = parsePlanText(text)
      const chunk = chunks[at]
      if (chunk === undefined || missing.has(chunk) || planned.decision !== 'process' || 'carried' in planned) continue
      const found = await kept.find(planned)
      if (found === undefined || found.kept === null) missing.add(chunk)
    }
  } finally {
    await kept.close()
  }
  await store.write(file, `${JSON.stringify([...missing], null, 1)}\n`)
  return { file, chunks: missing.size }
}
