// Where Node keeps compiled code: code of a file in it is run as it is, so nobody else may be able to write there.
// Node's own default is a fixed name in the temporary folder, which another local user can make first.

// biome-ignore-start lint/style/useNodejsImportProtocol: Node 12 does not know node:, and loads this file before it gets its sentence.
import { lstatSync, mkdirSync, realpathSync, statSync } from 'fs'
import { homedir } from 'os'
import { dirname, isAbsolute, join } from 'path'

// biome-ignore-end lint/style/useNodejsImportProtocol: as above

/**
 * A folder of this user alone (0700), made where it is missing, or undefined where there can be none: then nothing is kept.
 * `uid` is undefined on Windows, where the folders of a profile are its user's by their access list.
 */
export function compileCacheFolder(env, uid) {
  try {
    const caches = join(cachesFolder(env), 'itemwise')
    if (!isOurs(nearestThere(caches), uid)) return undefined
    mkdirSync(caches, { recursive: true, mode: 0o700 })
    // Links are followed once, here; what is checked is what is used.
    const folder = join(realpathSync(caches), 'compiled')
    try {
      mkdirSync(folder, { mode: 0o700 })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    return isOurs(dirname(folder), uid) && isPrivate(folder, uid) ? folder : undefined
  } catch {
    return undefined
  }
}

/** The user's folder for caches, as the system says it. */
function cachesFolder(env) {
  const own = process.platform === 'win32' ? env.LOCALAPPDATA : env.XDG_CACHE_HOME
  if (own && isAbsolute(own)) return own
  if (process.platform === 'win32') return join(homedir(), 'AppData', 'Local')
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache')
}

function nearestThere(folder) {
  for (let there = folder; ; there = dirname(there)) {
    try {
      return realpathSync(there)
    } catch (error) {
      if (error.code !== 'ENOENT' || there === dirname(there)) throw error
    }
  }
}

/** Whether nobody but this user and root can put another folder in the place of this one, or of one above it. */
function isOurs(folder, uid) {
  if (uid === undefined) return true
  for (let above = folder; ; above = dirname(above)) {
    const { mode, uid: owner } = statSync(above)
    const writable = (mode & 0o022) !== 0 && (mode & 0o1000) === 0
    if ((owner !== uid && owner !== 0) || writable) return false
    if (above === dirname(above)) return true
  }
}

function isPrivate(folder, uid) {
  const found = lstatSync(folder)
  return found.isDirectory() && (uid === undefined || (found.uid === uid && (found.mode & 0o077) === 0))
}
