/** A version's counts as they are now, whatever its record says of the last time that it ended. */

import type { ErrorRow, Metadata } from '../core/documents.ts'
import type { SoFar } from '../core/stages/counts-so-far.ts'
import type { Store, VersionRef, VersionState } from '../core/store.ts'
import { seconds } from '../core/text/clock-text.ts'

export interface Current {
  /** With the counts and the duration as they are now. */
  metadata: Metadata
  /** The failures of a step; null if its errors file has them. */
  failures: ((step: number) => ErrorRow[]) | null
}

/**
 * Of a version that has ended: what its record says. Of one that is being run, or was killed: what is kept of it. On AWS that
 * would be read from hundreds of objects, and a run that dies is ended by the stack within seconds: there it is not counted.
 */
export async function currentOf(
  { store, countable }: { store: Store; countable: boolean },
  ref: VersionRef,
  { metadata }: VersionState,
): Promise<Current> {
  if (metadata.status !== 'running') return { metadata, failures: null }
  const duration_seconds = seconds(
    metadata.duration_seconds * 1000 + ((await store.unwrittenSeconds?.(ref)) ?? 0) * 1000,
  )
  const counted = countable ? await countedOf(store, ref) : null
  if (counted === null) return { metadata: { ...metadata, duration_seconds, stats: {} }, failures: null }
  return {
    metadata: { ...metadata, duration_seconds, stats: counted.stats },
    failures: (step) => counted.failures.get(step) ?? [],
  }
}

/** What counts is loaded when there is a version to count: most lists have none. */
async function countedOf(store: Store, ref: VersionRef): Promise<SoFar | null> {
  return (await import('../core/stages/counts-so-far.ts')).soFar(store, ref)
}
