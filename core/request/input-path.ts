/** Resolves an input path: looks up latest/ and @label/, and suggests the nearest names for a missing file. */
import { FileMissing, PathOutside, RequestRefused } from '../errors.ts'
import { splitPointer } from '../items/input-rows.ts'
import type { Store } from '../store.ts'
import { didYouMean, nearest, someOf } from '../text/nearest.ts'
import { knownPipeline, knownVersion } from '../versions/versions.ts'

export interface FoundInput {
  /** As written, with its pointer. */
  path: string
  /** The file it resolves to today. */
  resolved: string
  pointer: string
}

/** Finds an input file. Throws RequestRefused if there is none, or if it leads out of the workspace. */
export async function findInput(store: Store, written: string): Promise<FoundInput> {
  const { path, pointer } = splitPointer(written)
  const resolved = await resolvedPath(store, path)
  try {
    if ((await store.size(resolved)) !== undefined) return { path: written, resolved, pointer }
  } catch (error) {
    if (error instanceof PathOutside) throw new RequestRefused([error.message])
    throw error
  }
  throw new RequestRefused([await missing(store, resolved)])
}

/** The path of a file, a folder or a pattern, after latest/ and @label/ were looked up. Throws RequestRefused. */
export function resolvedPath(store: Store, path: string): Promise<string> {
  return withVersion(store, tidy(path))
}

function tidy(path: string): string {
  return path
    .replaceAll('\\', '/')
    .replace(/^(\.\/)+/, '')
    .replace(/\/{2,}/g, '/')
}

async function withVersion(store: Store, path: string): Promise<string> {
  const parts = /^outputs\/([^/]+)\/(latest|@[^/]+|v\d+)\/(.+)$/.exec(path)
  if (parts === null) return path
  const [, pipeline = '', version = '', file = ''] = parts
  if (pipeline === '_runs') return path
  const name = await knownPipeline(store, pipeline)
  return `outputs/${name}/${await knownVersion(store, name, version)}/${file}`
}

/** A sentence about a file that is not there. */
export async function missing(store: Store, path: string): Promise<string> {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  const name = path.slice(path.lastIndexOf('/') + 1)
  const names = (await store.list(folder)).filter((other) => !other.endsWith('/'))
  const there =
    names.length === 0
      ? `${folder || 'The workspace'} has no files.${await nearFolder(store, folder, name)}`
      : `${folder || 'The workspace'} has: ${someOf(names)}.`
  return `${new FileMissing(path).message}${didYouMean(name, names) || ` ${there}`}`
}

/** ` Did you mean inputs/problems.json?`, if the folder beside it of nearly the same name has the file; the folder, if it has not. */
async function nearFolder(store: Store, folder: string, name: string): Promise<string> {
  const parent = folder.slice(0, folder.lastIndexOf('/') + 1)
  const folders = (await store.list(parent.replace(/\/$/, ''))).filter((other) => other.endsWith('/'))
  const [near] = nearest(`${folder.slice(parent.length)}/`, folders, 1)
  if (folder === '' || near === undefined) return ''
  const isThere = (await store.size(`${parent}${near}${name}`)) !== undefined
  return ` Did you mean ${parent}${near}${isThere ? name : ''}?`
}
