/** The flags by which a command is told where it works: on a folder here, or on a stack on AWS. */
import { RequestRefused } from '../core/errors.ts'
import { didYouMean } from '../core/text/nearest.ts'
import type { Terminal } from './terminal.ts'

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
