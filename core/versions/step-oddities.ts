/** What collating a step found odd among its answers, until the version's record says it. */
import * as z from 'zod'
import { type Metadata, type Oddity, oddity } from '../documents.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { textIfThere } from './version-documents.ts'

/** None if nothing is known: it is said for a person's use, and nothing is built on it. */
export async function readOddities(store: Store, ref: VersionRef, step: number): Promise<Oddity[]> {
  const text = await textIfThere(store, stepFiles(ref, step).oddities)
  if (text === undefined) return []
  try {
    return z.array(oddity).parse(JSON.parse(text))
  } catch {
    return []
  }
}

/** Writes them, or removes what an earlier collation found. */
export async function writeOddities(
  store: Store,
  ref: VersionRef,
  { step, found }: { step: number; found: Oddity[] },
): Promise<void> {
  const path = stepFiles(ref, step).oddities
  if (found.length === 0) await store.remove(path)
  else await store.write(path, `${JSON.stringify(found, null, 2)}\n`)
}

/** The versions on which this one stands, next one first, that found something odd among the answers they asked for. */
export async function oddVersionsBefore(store: Store, { pipeline, version }: VersionRef): Promise<string[]> {
  const odd: string[] = []
  const seen = new Set([version])
  let at = (await store.version({ pipeline, version }))?.metadata.base_version
  while (at != null && !seen.has(at)) {
    seen.add(at)
    const metadata = (await store.version({ pipeline, version: at }))?.metadata
    if (metadata !== undefined && hasOddities(metadata)) odd.push(at)
    at = metadata?.base_version
  }
  return odd
}

function hasOddities({ stats }: Metadata): boolean {
  return 'steps' in stats && stats.steps.some(({ oddities = [] }) => oddities.length > 0)
}
