/** Makes a folder and those above it. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** More often than other processes remove the folder at the very moment. */
const mostTries = 100

/** Errors are the file system's own. */
export function makeFolder(folder: string, tries = mostTries): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Node finds a folder there, and then it is gone: another process removed it.
    if ((code !== 'ENOENT' && code !== 'EEXIST') || tries === 1) throw error
    // On a read-only disk Node 24 says ENOENT of several folders at once; of one it says EROFS.
    if (code === 'ENOENT') makeOne(firstMissing(folder))
    makeFolder(folder, tries - 1)
  }
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error
  }
}

function firstMissing(folder: string): string {
  const above = dirname(folder)
  return above === folder || existsSync(above) ? folder : firstMissing(above)
}
