/** The stack's store as it will be once the files of the workspace here are brought up: what a run is checked against. */
import type { Store } from '../../../core/store.ts'
import { FolderStore } from '../../../stores/folder.ts'
import { overlaid, type Sources } from '../../../stores/overlaid.ts'
import type { StoreFlags } from '../../place-flags.ts'
import type { Terminal } from '../../terminal.ts'
import { workspaceIfAny } from '../../workspace.ts'
import type { Stack } from './open-stack.ts'

export interface Workspace {
  store: Store
  /** The folder; null where the command was called outside of any workspace, and the bucket's files are taken. */
  local: Store | null
  /** What was read so far, and from where. */
  sources: Sources
}

/** Throws RequestRefused where --workspace names none. */
export function withWorkspace({ store }: Pick<Stack, 'store'>, flags: StoreFlags, terminal: Terminal): Workspace {
  const root = workspaceIfAny(terminal.cwd, flags.workspace)
  const local = root === undefined ? null : new FolderStore(root)
  const sources: Sources = { above: new Set(), below: new Set() }
  return { store: local === null ? store : overlaid(store, local, sources), local, sources }
}
