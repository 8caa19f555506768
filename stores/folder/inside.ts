/** Where a workspace path really lies on disk, links followed. It is never outside the workspace. */
import { readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { PathOutside } from '../../core/errors.ts'
import { throwIfOutside } from '../workspace-path.ts'

/**
 * The real path of a workspace path, whether or not something is there yet: of what is missing, the real path of the
 * nearest folder there is plus the rest. Throws PathOutside for `..`, an absolute path, or links that lead out.
 */
export async function inside(root: string, path: string): Promise<string> {
  throwIfOutside(path)
  const realRoot = await realOrPlanned(resolve(root))
  const real = await realOrPlanned(join(realRoot, path))
  const within = realRoot.endsWith(sep) ? realRoot : realRoot + sep
  if (real !== realRoot && !real.startsWith(within)) throw new PathOutside(path)
  return real
}

async function realOrPlanned(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code) || dirname(path) === path) throw error
  }
  const folder = await realOrPlanned(dirname(path))
  const planned = join(folder, basename(path))
  const target = await readlink(planned).catch(() => undefined)
  // A link whose target is missing would let a later write out of the workspace.
  return target === undefined ? planned : realOrPlanned(resolve(folder, target))
}
