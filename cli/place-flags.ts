/** The flags that say where a command works, and how a proposed command repeats them. */

export interface StoreFlags {
  workspace?: string
  /** The name of a place. */
  target?: string
  stack?: string
}

/** The --stack flag of a proposed command, if this command had one. */
export function stackFlag({ stack }: Pick<StoreFlags, 'stack'>): string {
  return stack === undefined ? '' : ` --stack ${stack}`
}

/** The flags for the same place in a proposed command, which must work as it is printed. */
export function placeFlags({ workspace, target, stack }: StoreFlags): string {
  const here = workspace === undefined ? '' : ` --workspace ${inShell(workspace)}`
  return `${here}${target === undefined ? '' : ` --target ${target}`}${stackFlag({ stack })}`
}

function inShell(word: string): string {
  return /^[\w./~@%+,:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
