/** The one-off runs that there are, by their ids. */
import { oneOffs, type Store } from '../store.ts'

/** Oldest first, for ids that sort by time. Tombstones of removed runs lie beside them. */
export async function oneOffRuns(store: Store): Promise<string[]> {
  const names = await store.list(`outputs/${oneOffs}`)
  return names.filter((name) => name.endsWith('/') && name !== 'removed/').map((name) => name.slice(0, -1))
}
