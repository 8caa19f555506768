/** The stack's store as it will be once the files of a workspace here are sent. A run is checked against it. */
import type { Store } from '../../core/store.ts'
import { FolderStore } from '../../stores/folder.ts'
import { overlaid, type Sources } from '../../stores/overlaid.ts'
import type { Stack } from './open-stack.ts'

export interface WithFiles {
  store: Store
  /** The folder; null if there is none. Then the bucket's files are used. */
  local: Store | null
  /** What was read so far, and from where. */
  sources: Sources
}

/** `folder`: of the workspace here, if there is one. */
export function withFiles({ store }: Pick<Stack, 'store'>, folder: string | undefined): WithFiles {
  const local = folder === undefined ? null : new FolderStore(folder)
  const sources: Sources = { above: new Set(), below: new Set() }
  return { store: local === null ? store : overlaid(store, local, sources), local, sources }
}
