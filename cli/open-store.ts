/** The store that a command works on: the folder of the workspace, or the stack on AWS. */
import type { Store } from '../core/store.ts'
import { type StoreFlags, targetOf } from './place-flags.ts'
import type { Terminal } from './terminal.ts'
import { openWorkspace } from './workspace.ts'

/** Opens it. What AWS needs is loaded only for AWS: it is most of a second. Throws RequestRefused. */
export async function openStore(flags: StoreFlags, terminal: Terminal): Promise<Store> {
  if (targetOf(flags, terminal) === 'local') return openWorkspace(flags, terminal)
  const { openStack } = await import('./aws/open-stack.ts')
  return (await openStack(flags, terminal)).store
}

/** The store that a run is checked against: on AWS with the files of the workspace here, as they will be brought up. */
export async function openToCheck(flags: StoreFlags, terminal: Terminal): Promise<Store> {
  if (targetOf(flags, terminal) === 'local') return openWorkspace(flags, terminal)
  return (await import('./aws/with-workspace.ts')).openWithWorkspace(flags, terminal)
}
