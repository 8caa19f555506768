/** The flags by which a command is told where it works: on a folder here, or on a stack on AWS. */

export interface StoreFlags {
  workspace?: string
  /** The name of a place. */
  target?: string
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
