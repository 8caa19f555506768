/** Which collated files of a version are not as long as they were written: what can be told of edits without reading anything. */
import type { Metadata } from './documents.ts'
import type { Store, VersionRef } from './store.ts'
import { versionSteps } from './version-steps.ts'

/** Their paths. Nothing of an unfinished version, and of one whose record is older than sizes. */
export async function otherSizes(store: Store, ref: VersionRef, { status, stats }: Metadata): Promise<string[]> {
  if (status !== 'completed' || !('steps' in stats)) return []
  const written = new Map(stats.steps.map(({ step, output_bytes }) => [step, output_bytes]))
  if ([...written.values()].every((size) => size === undefined)) return []
  const steps = await versionSteps(store, ref)
  const sizes = await Promise.all(steps.map(({ collated }) => store.size(collated)))
  const others = steps.filter(({ step }, at) => written.get(step) !== undefined && written.get(step) !== sizes[at])
  return others.map(({ collated }) => collated)
}
