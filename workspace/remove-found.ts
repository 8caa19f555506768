/** Removes a version for a command or a program, here or on a stack. */
import { removeVersion } from '../core/versions/remove-version.ts'
import type { Tombstone } from '../core/versions/tombstone.ts'
import { currentOf } from './current-version.ts'
import type { FoundVersion } from './find-version.ts'
import type { Opened } from './opened.ts'

/**
 * Returns what is left of it. `force`: also if it would be missed. Throws RequestRefused if something needs the version, VersionBusy,
 * RecordUnreadable, StoreUnwritable.
 */
export async function removeFound(
  { store, countsUnfinished }: Pick<Opened, 'store' | 'countsUnfinished'>,
  { ref, state }: FoundVersion,
  force: boolean,
): Promise<Tombstone> {
  const { metadata } = await currentOf({ store, countable: countsUnfinished }, ref, state)
  return removeVersion(store, ref, { state, metadata, force, now: Date.now() })
}
