/** Imports a version that was made elsewhere: it appears in the folder whole, under the same name. */
import { createWriteStream, existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline as streamed } from 'node:stream/promises'
import pLimit from 'p-limit'
import { PathOutside, RequestRefused } from '../../core/errors.ts'
import { type ContentStream, tombstonePath, type VersionRef, versionFolder } from '../../core/store.ts'
import { inside } from './inside.ts'
import { moveLatestLink } from './latest.ts'
import { makeFolder } from './make-folder.ts'
import { renamePatiently } from './rename.ts'
import { unfinishedIn } from './unfinished.ts'
import { writing } from './unwritable.ts'

/** A file of a version, by its path inside it. */
export interface IncomingFile {
  name: string
  read: () => ContentStream
}

/** Most of them are a few hundred bytes that come from far away. */
const atOnce = 32

/**
 * Imports the files, then points `latest` at the highest completed version. Throws RequestRefused if a version of that
 * name is there already, StoreUnwritable.
 */
export async function importVersion(root: string, ref: VersionRef, files: AsyncIterable<IncomingFile>): Promise<void> {
  const path = `outputs/${ref.pipeline}`
  const folder = await inside(root, path)
  if (existsSync(await inside(root, tombstonePath(ref))))
    throw new RequestRefused([`${versionFolder(ref)} was removed here, and its number is not used again.`])
  const unfinished = unfinishedIn(folder)
  try {
    await writing(versionFolder(ref), () => takeIn(unfinished, files))
    await appear(unfinished, join(folder, ref.version), ref)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  if (!ref.pipeline.startsWith('_')) await moveLatestLink(folder, path, undefined)
}

/** Ends only when nothing is under way: a late write would outlive the removal of the folder. */
async function takeIn(folder: string, files: AsyncIterable<IncomingFile>): Promise<void> {
  makeFolder(folder)
  const limit = pLimit(atOnce)
  const taking = new Set<Promise<void>>()
  const problems: unknown[] = []
  try {
    for await (const { name, read } of files) {
      if (name.split('/').includes('..')) throw new PathOutside(name)
      const taken = limit(() => takeFile(join(folder, name), read))
        .catch((error) => void problems.push(error))
        .finally(() => taking.delete(taken))
      taking.add(taken)
      // Limits how many names are held: there may be a hundred thousand.
      if (taking.size >= atOnce * 4) await Promise.race(taking)
      if (problems.length > 0) break
    }
  } finally {
    await Promise.all(taking)
  }
  if (problems.length > 0) throw problems[0]
}

async function takeFile(file: string, read: () => ContentStream): Promise<void> {
  makeFolder(dirname(file))
  await streamed(read(), createWriteStream(file))
}

async function appear(unfinished: string, target: string, ref: VersionRef): Promise<void> {
  try {
    await renamePatiently({ from: unfinished, to: target, isFinal: () => existsSync(target) })
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(code)) throw cause
    throw new RequestRefused([`${versionFolder(ref)} is there already, and was not overwritten.`], { cause })
  }
}
