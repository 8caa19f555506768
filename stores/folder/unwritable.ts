/** What to tell a person when the file system refuses a write. */
import { StoreUnwritable } from '../../core/errors.ts'

const inTheWay = ['a file stands where a folder is needed, or a folder where a file is', 'Move it out of the way']
const explanations: Record<string, string[]> = {
  ENOENT: ['its folder does not exist', 'Make the folder'],
  ENOSPC: ['the disk is full', 'Free some space'],
  EDQUOT: ['your quota on this disk is used up', 'Free some space or have the quota raised'],
  EROFS: ['the disk is read-only', 'Make it writable or move the workspace'],
  EACCES: ['permission is denied', 'Make its folder writable for you'],
  EPERM: ['it is not permitted', 'Make its folder writable for you'],
  EMFILE: ['too many files are open', 'Lower max_concurrency or raise the limit (ulimit -n)'],
  ENFILE: ['too many files are open on this machine', 'Close other programs'],
  ENAMETOOLONG: ['a name in this path is too long', 'Choose a shorter name'],
  EIO: ['the disk reports an error', 'Check the disk'],
  ENOTDIR: inTheWay,
  EISDIR: inTheWay,
  EEXIST: inTheWay,
  ENOTEMPTY: inTheWay,
}

/** What a code of the file system means, and what to do about it. */
export function reasonOf(code: string): string[] {
  return explanations[code] ?? ['the file system refuses it', 'Remove the cause']
}

/** StoreUnwritable for an error of the file system, with `path` as the place; any other error as it is. `then`: what to do after the remedy. */
export function unwritable(error: unknown, path: string, then = 'continue with `itemwise resume`'): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return error
  const [what, remedy] = reasonOf(code)
  return new StoreUnwritable(
    `Cannot write ${path}: ${what} (${code}). What was kept before is safe. ${remedy}, then ${then}.`,
    { cause: error },
  )
}

/** Runs a write and turns what the file system refuses into StoreUnwritable. */
export async function writing<T>(path: string, write: () => Promise<T>, then?: string): Promise<T> {
  try {
    return await write()
  } catch (error) {
    throw unwritable(error, path, then)
  }
}

/** The same for writes that block. */
export function writingNow<T>(path: string, write: () => T, then?: string): T {
  try {
    return write()
  } catch (error) {
    throw unwritable(error, path, then)
  }
}
