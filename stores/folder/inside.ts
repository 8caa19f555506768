/** Resolves a workspace path to its real place on disk, following links. The result is never outside the workspace. */
import { readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { PathOutside } from '../../core/errors.ts'
import { throwIfOutside } from '../workspace-path.ts'

/**
 * The real path of a workspace path, whether or not it exists yet. If it does not, the real path of the
 * nearest existing folder plus the rest. Blocking: a call through the thread pool takes five times as long.
 * Throws PathOutside for `..`, an absolute path, or links that lead out.
 */
export function inside(root: string, path: string): string {
  return insideOf(root)(path)
}

/** The same for many paths. */
export function insideOf(root: string): (path: string) => string {
  const realRoot = realOrPlanned(resolve(root))
  const within = realRoot.endsWith(sep) ? realRoot : realRoot + sep
  return (path) => {
    throwIfOutside(path)
    const real = realOrPlanned(join(realRoot, path))
    if (real !== realRoot && !real.startsWith(within)) throw new PathOutside(path)
    return real
  }
}

function realOrPlanned(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code) || dirname(path) === path) throw error
  }
  const folder = realOrPlanned(dirname(path))
  const planned = join(folder, basename(path))
  const target = targetOf(planned)
  // Through a link whose target is missing, a later write would leave the workspace.
  return target === undefined ? planned : realOrPlanned(resolve(folder, target))
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch {
    return undefined
  }
}
