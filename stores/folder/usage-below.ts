/** What lies below a folder and what each takes on the disk: a small file takes a block, and so does its folder. */
import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { StoredFile } from '../../core/store.ts'
import { isMissing } from './reading.ts'

/** Files and folders at any depth; `path` is the folder's in the workspace. Links are counted, not followed. What vanishes meanwhile is left out. */
export async function* usageBelow(folder: string, path: string): AsyncGenerator<StoredFile> {
  try {
    for await (const entry of await opendir(folder, { bufferSize: 512 })) {
      const [file, name] = [join(folder, entry.name), `${path}/${entry.name}`]
      yield* used(file, name, entry)
      if (entry.isDirectory()) yield* path.split('/').length < wideDepth ? usageBelow(file, name) : usageNow(file, name)
    }
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** outputs/<pipeline>/<version>/items/: below it are many small folders, which are read faster at once. */
const wideDepth = 4

function* usageNow(folder: string, path: string): Generator<StoredFile> {
  for (const entry of readdirSync(folder, { withFileTypes: true }) as Dirent[]) {
    const [file, name] = [join(folder, entry.name), `${path}/${entry.name}`]
    yield* used(file, name, entry)
    if (entry.isDirectory()) yield* usageNow(file, name)
  }
}

function* used(file: string, path: string, entry: Dirent): Generator<StoredFile> {
  const stat = lstatSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return
  // Where a file system does not say, the length must do.
  const bytes = stat.blocks === undefined ? stat.size : stat.blocks * 512
  yield { path: `${path.replaceAll(sep, '/')}${entry.isDirectory() ? '/' : ''}`, bytes }
}
