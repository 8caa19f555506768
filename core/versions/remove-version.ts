/** Removes a version: one rule for a laptop and for AWS. */
import type { Metadata } from '../documents.ts'
import { RequestRefused, VersionBusy } from '../errors.ts'
import { type Store, tombstonePath, type VersionRef, type VersionState, versionFolder } from '../store.ts'
import { highestOfVersion } from './highest-of-version.ts'
import { recordSpending } from './record-spending.ts'
import { refuseMissed, refuseNeeded, removalName } from './refuse-removal.ts'
import { readTombstone, type Tombstone, writeTombstone } from './tombstone.ts'

export interface Removing {
  state: VersionState
  /** Its counts, as far as they are known. */
  metadata: Metadata
  /** Also if it would be missed: the latest completed version, one whose label a path may name, one that could be resumed. */
  force: boolean
  /** Epoch milliseconds. */
  now: number
}

/**
 * Removes what a version keeps, and leaves a tombstone. Its number is not used again, and neither are its items' positions and
 * sequential ids. Called again after a crash, it ends what was begun. Throws RequestRefused if something needs the version,
 * VersionBusy, RecordUnreadable, StoreUnwritable.
 */
export async function removeVersion(store: Store, ref: VersionRef, removing: Removing): Promise<Tombstone> {
  const { state, metadata, force, now } = removing
  if (state.metadata.status === 'running' && state.alive)
    throw new VersionBusy(`${removalName(ref)} is running. Wait for its end, or stop it, then remove it.`)
  await keepIfNeeded(store, ref)
  if (!force) await refuseMissed(store, ref, metadata)
  // Nobody resumes it in the meantime. A completed version is not resumed.
  const lease = metadata.status === 'completed' ? null : await store.lease(ref, { toSettle: true })
  try {
    const left: Tombstone = {
      version: ref.version,
      removed: new Date(now).toISOString(),
      status: metadata.status,
      base_version: metadata.base_version,
      cost_usd: 'cost_usd' in metadata.stats ? metadata.stats.cost_usd : null,
      steps: await highestOf(store, ref),
    }
    // What a dead run spent is in no log yet.
    if (metadata.status !== 'completed') await recordSpending(store, ref, { metadata, stats: metadata.stats, now })
    // First: from now on the number is taken, whatever happens.
    await writeTombstone(store, ref, left)
    // Once more: a run that began in the meantime either is seen here, or sees the tombstone when it plans.
    await keepIfNeeded(store, ref)
    await store.removeVersion(ref)
    return left
  } finally {
    await lease?.release()
  }
}

/** Ends the removal of a version whose record is gone already; undefined if it was never removed. Throws StoreUnwritable. */
export async function endRemoval(store: Store, ref: VersionRef): Promise<Tombstone | undefined> {
  const left = await readTombstone(store, ref)
  if (left !== undefined) await store.removeVersion(ref)
  return left
}

/** Throws RequestRefused if something needs the version. It stays, so no tombstone, of a killed removal either, may keep runs from building on it. */
async function keepIfNeeded(store: Store, ref: VersionRef): Promise<void> {
  try {
    await refuseNeeded(store, ref)
  } catch (error) {
    const path = tombstonePath(ref)
    if (error instanceof RequestRefused && (await store.size(path)) !== undefined) await store.remove(path)
    throw error
  }
}

/** By the files that there are, so that a version without its run.json can be removed, too. */
async function highestOf(store: Store, ref: VersionRef): Promise<Tombstone['steps']> {
  const folder = versionFolder(ref)
  const names = [...(await store.list(folder)), ...(await store.list(`${folder}/work`))]
  const numbers = names.flatMap((name) => Number(/^(\d\d)(_ledger)?\.jsonl$/.exec(name)?.[1] ?? 0) || [])
  const steps: Tombstone['steps'] = []
  for (const step of [...new Set(numbers)].sort((a, b) => a - b))
    steps.push({ step, highest_item_index: await highestOfVersion(store, ref, step) })
  return steps
}
