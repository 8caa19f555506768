/** Renames a file or a folder. A virus scanner or a program that synchronises may hold it for a moment: then it is tried again for some seconds. */
import { renameSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

/** What Windows says of a file that another program has open; elsewhere it is meant for good, and is said so much later. */
const mayPass = new Set(['EPERM', 'EBUSY', 'EACCES'])

/** 10 + 20 + … + 1280 = 2550 ms. */
const waits = Array.from({ length: 8 }, (_, at) => 10 * 2 ** at)

export interface Renaming {
  from: string
  to: string
  /** Called before each try; what it throws counts as a failed one. */
  before?: (() => void) | undefined
  /** Whether a failure is final all the same: the place is taken. */
  isFinal?: () => boolean
}

/** Errors are the file system's own: of the last try. */
export async function renamePatiently(renaming: Renaming): Promise<void> {
  for (const ms of waits) {
    try {
      renaming.before?.()
      return await rename(renaming.from, renaming.to)
    } catch (error) {
      throwUnlessPassing(error, renaming)
    }
    await wait(ms)
  }
  renaming.before?.()
  await rename(renaming.from, renaming.to)
}

/** The same, blocking. */
export function renamePatientlyNow(renaming: Renaming): void {
  for (const ms of waits) {
    try {
      renaming.before?.()
      renameSync(renaming.from, renaming.to)
      return
    } catch (error) {
      throwUnlessPassing(error, renaming)
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  }
  renaming.before?.()
  renameSync(renaming.from, renaming.to)
}

function throwUnlessPassing(error: unknown, { isFinal }: Renaming): void {
  const { code = '' } = error as NodeJS.ErrnoException
  if (!mayPass.has(code) || isFinal?.()) throw error
}
