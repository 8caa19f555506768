/** What is being made has a hidden name until it is whole; a killed process may leave it behind, and nobody ever lists it. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

const prefix = '.new-'

/** A name in this folder that nothing else has. */
export function unfinishedIn(folder: string): string {
  return join(folder, prefix + randomBytes(8).toString('hex'))
}

/** The hidden name of one file while it is written, always the same: what a killed process left is overwritten next time. */
export function unfinishedFor(folder: string, name: string): string {
  return join(folder, prefix + name)
}

export function isUnfinished(name: string): boolean {
  return name.startsWith(prefix)
}
