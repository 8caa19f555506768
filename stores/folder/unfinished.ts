/** Hidden names for files and folders that are not whole yet. A killed process may leave one behind; it is never listed. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

const prefix = '.new-'

/** A name in this folder that nothing else has. */
export function unfinishedIn(folder: string): string {
  return join(folder, prefix + randomBytes(8).toString('hex'))
}

/** The hidden name of one file while it is written, always the same: the next write overwrites what a killed process left. */
export function unfinishedFor(folder: string, name: string): string {
  return join(folder, prefix + name)
}

export function isUnfinished(name: string): boolean {
  return name.startsWith(prefix)
}
