/** Makes a version appear whole: builds it under a hidden name with its writer's lock inside, then renames it to its number. */
import { existsSync } from 'node:fs'
import { lstat, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PathOutside, RequestRefused } from '../../core/errors.ts'
import type { NewVersion } from '../../core/store.ts'
import { type Lock, writeLock } from './lock.ts'
import { makeFolder } from './make-folder.ts'
import { metadataText } from './metadata-file.ts'
import type { FolderContext } from './options.ts'
import { renamePatiently } from './rename.ts'
import { unfinishedIn } from './unfinished.ts'
import { writing } from './unwritable.ts'
import { nextNumber } from './version-names.ts'

type Make = (version: string) => NewVersion

/** Where versions are made: the pipeline's folder on disk, and its workspace path for errors. */
export interface Place {
  folder: string
  path: string
  here: FolderContext
}

export interface Appeared {
  version: string
  lock: Lock
}

/** Takes the next free number. If another process takes it first, builds the version again under the number after. Throws StoreUnwritable. */
export async function appearNumbered(place: Place, make: Make): Promise<Appeared> {
  for (;;) {
    const version = `v${await nextNumber(place.folder)}`
    const lock = await appear(place, version, make)
    if (lock !== undefined) return { version, lock }
  }
}

/** Takes the given name. Throws RequestRefused if it is taken, StoreUnwritable. */
export async function appearNamed(place: Place, version: string, make: Make): Promise<Appeared> {
  const lock = await appear(place, version, make)
  if (lock !== undefined) return { version, lock }
  throw new RequestRefused([
    `${place.path}/${version} is there already. A one-off run needs a name of its own. Start it again.`,
  ])
}

/** Undefined if another process took the name first. */
async function appear({ folder, path, here }: Place, version: string, make: Make): Promise<Lock | undefined> {
  const content = make(version)
  const unfinished = unfinishedIn(folder)
  const target = join(folder, version)
  // Another process may have made and removed a version of this number since the numbers were read.
  const wasRemoved = () => existsSync(join(folder, 'removed', `${version}.json`))
  try {
    return await writing(
      `${path}/${version}`,
      async () => {
        const lock = await build(unfinished, content, here)
        const before = () => {
          here.fault?.('version:built', unfinished)
          if (wasRemoved()) throw new Error(`${version} was removed.`)
        }
        await renamePatiently({ from: unfinished, to: target, before, isFinal: () => existsSync(target) })
        here.fault?.('version:renamed', target)
        return { ...lock, work: join(target, 'work') }
      },
      'run the command again',
    )
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => {})
    if (wasRemoved() || (renameFailed(error) && (await exists(target)))) return undefined
    throw error
  }
}

function renameFailed(error: unknown): boolean {
  return (error as { cause?: NodeJS.ErrnoException }).cause?.syscall === 'rename'
}

async function build(folder: string, { metadata, files }: NewVersion, here: FolderContext): Promise<Lock> {
  const work = join(folder, 'work')
  makeFolder(work)
  for (const [name, content] of [['metadata.json', metadataText(metadata)] as const, ...files]) {
    if (name.startsWith('/') || name.split('/').includes('..')) throw new PathOutside(name)
    const file = join(folder, name)
    if (name.includes('/')) makeFolder(dirname(file))
    await writeFile(file, typeof content === 'string' ? content : content(), { flush: true })
  }
  return writeLock(work, { generation: 1, inheritedSeconds: 0 }, here)
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
