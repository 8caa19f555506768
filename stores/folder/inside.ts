/** Where a workspace path really lies on disk, links followed. It is never outside the workspace. */
import { readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { PathOutside } from '../../core/errors.ts'
import { throwIfOutside } from '../workspace-path.ts'

/**
 * The real path of a workspace path, whether or not something is there yet: of what is missing, the real path of the
 * nearest folder there is plus the rest. Blocking: asking a thread takes five times as long as the answer.
 * Throws PathOutside for `..`, an absolute path, or links that lead out.
 */
export function inside(root: string, path: string): string {
  throwIfOutside(path)
  const realRoot = realOrPlanned(resolve(root))
  const real = realOrPlanned(join(realRoot, path))
  const within = realRoot.endsWith(sep) ? realRoot : realRoot + sep
  if (real !== realRoot && !real.startsWith(within)) throw new PathOutside(path)
  return real
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
  // A link whose target is missing would let a later write out of the workspace.
  return target === undefined ? planned : realOrPlanned(resolve(folder, target))
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch {
    return undefined
  }
}
