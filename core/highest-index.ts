/** The highest position that an item of a step was ever given in a pipeline, so that a new item gets one that nobody had. */
import type { LedgerLine } from './documents.ts'
import { type Store, stepFiles } from './store.ts'

// A ledger line is a few hundred bytes; an error sentence in it may be long.
const tail = 256 * 1024

/** Looks at the last ledger line of every version; 0 where there is none. */
export async function highestIndex(store: Store, pipeline: string, step: number): Promise<number> {
  let highest = 0
  for (const version of await store.versions(pipeline)) {
    const path = stepFiles({ pipeline, version }, step).ledger
    const size = await store.size(path)
    if (size === undefined || size === 0) continue
    const chunks: Uint8Array[] = []
    for await (const chunk of store.read(path, [Math.max(0, size - tail), size])) chunks.push(chunk)
    const last = Buffer.concat(chunks).toString('utf8').trimEnd().split('\n').at(-1) ?? ''
    highest = Math.max(highest, (JSON.parse(last) as LedgerLine).item_index)
  }
  return highest
}
