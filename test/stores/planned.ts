/** Plans of a step as `plan` writes them, for the tests of stores that read them. */
import type { Chunk, PlanLine } from '../../core/documents.ts'
import { type Store, stepFiles, type VersionRef } from '../../core/store.ts'
import { lineOf } from './samples.ts'

function planLine(item_index: number): PlanLine {
  const { item_id, root_id, segment } = lineOf(item_index)
  return {
    ...{ item_index, item_id, id_json: item_id, root_id, segment, output_id: null },
    ...{ decision: 'process', reason: 'new', item: `{"id":${item_id}}`, root: null, base: null },
  }
}

/** Writes a plan of items to process, cut into chunks as given. */
export async function planChunks(store: Store, ref: VersionRef, chunks: number[][]): Promise<Chunk[]> {
  let text = ''
  const cut = chunks.map((indexes, at): Chunk => {
    const start = Buffer.byteLength(text)
    text += indexes.map((index) => `${JSON.stringify(planLine(index))}\n`).join('')
    return { batch: at + 1, bytes: [start, Buffer.byteLength(text)], process: indexes.length }
  })
  await store.write(stepFiles(ref, 1).plan, text)
  return cut
}

/** Positions from first to last. */
export function upTo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
