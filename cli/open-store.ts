/** The store that a command works on: the folder of the workspace, or the stack on AWS. */
import { RequestRefused } from '../core/errors.ts'
import { didYouMean } from '../core/nearest.ts'
import type { Store } from '../core/store.ts'
import type { Terminal } from './terminal.ts'
import { openWorkspace } from './workspace.ts'

export type Target = 'local' | 'aws'

export interface StoreFlags {
  workspace?: string
  target?: Target
  stack?: string
}

/** How a command that is proposed names the stack, where this one did. */
export function stackFlag({ stack }: Pick<StoreFlags, 'stack'>): string {
  return stack === undefined ? '' : ` --stack ${stack}`
}

/** The flags that say where this command worked, for one that is proposed: it has to be right as it is typed. */
export function placeFlags({ workspace, target, stack }: StoreFlags): string {
  const here = workspace === undefined ? '' : ` --workspace ${inShell(workspace)}`
  return `${here}${target === undefined ? '' : ` --target ${target}`}${stackFlag({ stack })}`
}

function inShell(word: string): string {
  return /^[\w./~@%+,:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Where a command works: --target, else ITEMWISE_TARGET, else here. Throws RequestRefused. */
export function targetOf({ target }: StoreFlags, { env }: Pick<Terminal, 'env'>): Target {
  const said = target ?? (env.ITEMWISE_TARGET || 'local')
  if (said === 'local' || said === 'aws') return said
  throw new RequestRefused([`ITEMWISE_TARGET is ${said}. Expected local or aws.${didYouMean(said, ['local', 'aws'])}`])
}

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
