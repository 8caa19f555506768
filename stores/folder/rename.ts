/** Renames a file or a folder. If a virus scanner or a sync program holds it for a moment, tries again for a few seconds. */
import { renameSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

/** What Windows reports for a file that another program has open. On other systems these errors are final, and are only reported later. */
const mayPass = new Set(['EPERM', 'EBUSY', 'EACCES'])

/** 10 + 20 + … + 1280 = 2550 ms. */
const waits = Array.from({ length: 8 }, (_, at) => 10 * 2 ** at)

export interface Renaming {
  from: string
  to: string
  /** Called before each try; what it throws counts as a failed one. */
  before?: (() => void) | undefined
  /** Whether a failure is final after all: the place is taken. */
  isFinal?: () => boolean
}

/** Throws the file system's error of the last try. */
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
