/** Makes a folder and those above it. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** Errors are the file system's own. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    // On a read-only disk Node 24 says ENOENT of several folders at once; of one it says EROFS.
    mkdirSync(firstMissing(folder))
    throw error
  }
}

function firstMissing(folder: string): string {
  const above = dirname(folder)
  return above === folder || existsSync(above) ? folder : firstMissing(above)
}
