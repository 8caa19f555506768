/** What reading a workspace needs, wherever it is. */
import type { Caller } from '../core/documents.ts'
import type { Store } from '../core/store.ts'

/** A workspace that was found, to be read. */
export interface Opened {
  store: Store
  /** Where a path of the workspace opens as it is: an absolute path, or an address of S3. */
  at: (path: string) => string
  /** Whether the counts of an unfinished version can be read at little cost. */
  countsUnfinished: boolean
  /** Who works here, as the place knows it; null on this machine. */
  caller: () => Promise<Caller | null>
}
