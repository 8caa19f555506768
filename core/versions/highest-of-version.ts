/** The highest position that an item of a step has in one version. */
import type { LedgerLine, PlanLine } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'

// A line of a ledger is a few hundred bytes; one of a plan holds a whole item.
const firstTail = 64 * 1024

/** Looks at the last line of the step's ledger, and of its plan if the version is unfinished; 0 if there is none. Throws RequestRefused for a line that is cut off. */
export async function highestOfVersion(store: Store, ref: VersionRef, step: number): Promise<number> {
  const { ledger, plan } = stepFiles(ref, step)
  let highest = 0
  for (const path of [ledger, plan]) {
    const last = await lastLine(store, path)
    if (last !== undefined) highest = Math.max(highest, indexIn(last, { path, pipeline: ref.pipeline }))
  }
  return highest
}

function indexIn(line: string, { path, pipeline }: { path: string; pipeline: string }): number {
  try {
    return (JSON.parse(line) as LedgerLine | PlanLine).item_index
  } catch (cause) {
    throw new RequestRefused(
      [
        `${path} ends in a line that is cut off, so it is not known which positions were given to items. \`itemwise doctor ${pipeline} --fix\` mends it.`,
      ],
      { cause },
    )
  }
}

async function lastLine(store: Store, path: string): Promise<string | undefined> {
  const size = await store.size(path)
  if (size === undefined || size === 0) return undefined
  for (let tail = firstTail; ; tail *= 8) {
    const start = Math.max(0, size - tail)
    const chunks: Uint8Array[] = []
    for await (const chunk of store.read(path, [start, size])) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    // Without its newline.
    const before = bytes.lastIndexOf(10, bytes.length - 2)
    if (before !== -1 || start === 0) return bytes.toString('utf8', before + 1)
  }
}
