/** Tombstones of removed versions that cannot be read. */
import { RecordUnreadable } from '../errors.ts'
import { type Store, tombstonePath } from '../store.ts'
import { readTombstone, removedVersions } from '../versions/tombstone.ts'
import type { Finding } from './finding.ts'

/** Of a version that is still there, removing it again writes the tombstone anew. */
export async function tombstoneFindings(store: Store, pipeline: string): Promise<Finding[]> {
  const versions = await store.versions(pipeline)
  const found: Finding[] = []
  for (const version of await removedVersions(store, pipeline)) {
    const ref = { pipeline, version }
    if (!versions.includes(version) && (await isDamaged(() => readTombstone(store, ref))))
      found.push(damaged(tombstonePath(ref), version))
  }
  return found
}

async function isDamaged(read: () => Promise<unknown>): Promise<boolean> {
  try {
    await read()
    return false
  } catch (error) {
    if (error instanceof RecordUnreadable) return true
    throw error
  }
}

function damaged(path: string, version: string): Finding {
  return {
    path,
    found: 'It cannot be read: it was changed or cut off.',
    means: `${version} was removed, and its number stays taken. The positions that its items had are not known, so no rerun can begin, and no run that keeps earlier answers.`,
    remedy: 'Nothing else holds this. Put the file back from a copy.',
    mend: null,
  }
}
