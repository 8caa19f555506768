/** Lets a version that was made elsewhere appear whole in a folder, under the name it has there. */
import { createWriteStream, existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline as streamed } from 'node:stream/promises'
import pLimit from 'p-limit'
import { PathOutside, RequestRefused } from '../../core/errors.ts'
import { type ContentStream, type VersionRef, versionFolder } from '../../core/store.ts'
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
 * Takes the files in and points `latest` at the highest completed version then. Throws RequestRefused where a version of that
 * name is there already, StoreUnwritable.
 */
export async function importVersion(root: string, ref: VersionRef, files: AsyncIterable<IncomingFile>): Promise<void> {
  const path = `outputs/${ref.pipeline}`
  const folder = await inside(root, path)
  const unfinished = unfinishedIn(folder)
  try {
    await writing(versionFolder(ref), () => takeIn(unfinished, files))
    await appear(unfinished, join(folder, ref.version), ref)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  if (!ref.pipeline.startsWith('_')) await moveLatestLink(folder, path, undefined)
}

/** Ends only when nothing is under way any more: what is written late would outlive the removal of the folder. */
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
      // A hundred thousand names would be much to hold.
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
