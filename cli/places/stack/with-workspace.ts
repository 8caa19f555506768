/** The stack's store as it will be once the files of this workspace are sent. A run is checked against it. */
import type { Store } from '../../../core/store.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { overlaid, type Sources } from '../../../stores/overlaid.ts'
import type { StoreFlags } from '../../place-flags.ts'
import type { Terminal } from '../../terminal.ts'
import { workspaceIfAny } from '../../workspace.ts'
import type { Stack } from './open-stack.ts'

export interface Workspace {
  store: Store
  /** The folder; null if the command was called outside a workspace. Then the bucket's files are used. */
  local: Store | null
  /** What was read so far, and from where. */
  sources: Sources
}

/** Throws RequestRefused if --workspace names no folder. */
export function withWorkspace({ store }: Pick<Stack, 'store'>, flags: StoreFlags, terminal: Terminal): Workspace {
  const root = workspaceIfAny(terminal.cwd, flags.workspace)
  const local = root === undefined ? null : new FolderStore(root)
  const sources: Sources = { above: new Set(), below: new Set() }
  return { store: local === null ? store : overlaid(store, local, sources), local, sources }
}
