/** Reads what lies in the folder: a file's bytes, its size, the names below a folder. */
import { type Dirent, readFileSync } from 'node:fs'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FileMissing } from '../../core/errors.ts'
import type { ByteRange } from '../../core/store.ts'
import { isUnfinished } from './unfinished.ts'

const chunkBytes = 256 * 1024
const missing = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG'])

/** Whether an error says that nothing is there. */
export function isMissing(error: unknown): boolean {
  return missing.has((error as NodeJS.ErrnoException | null)?.code ?? '')
}

/** The bytes of a file as it was when it was opened, or of a range of it. Throws FileMissing, also for a folder. */
export async function* readBytes(file: string, path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const handle = await openFile(file, path)
  try {
    const { size } = await handle.stat()
    const end = Math.min(range?.[1] ?? size, size)
    for (let at = range?.[0] ?? 0; at < end; ) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - at))
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at)
      if (bytesRead === 0) return
      at += bytesRead
      yield chunk.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

async function openFile(file: string, path: string): Promise<FileHandle> {
  try {
    if (!(await stat(file)).isFile()) throw new FileMissing(path)
    return await open(file, 'r')
  } catch (error) {
    throw isMissing(error) ? new FileMissing(path, { cause: error }) : error
  }
}

/** The text of a small file; undefined if there is none. Blocking: a tenth of what reading it in the background takes. */
export function readSmallNow(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

export async function fileSize(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file)
    return found.isFile() ? found.size : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Names directly below a folder, unsorted; none if there is no such folder. */
export async function entries(folder: string): Promise<Dirent[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !isUnfinished(name))
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** The same as sorted text; folders, and links to folders, end with a slash. */
export async function names(folder: string): Promise<string[]> {
  const listed = await Promise.all(
    (await entries(folder)).map(async (entry) => ((await isFolder(folder, entry)) ? `${entry.name}/` : entry.name)),
  )
  return listed.sort()
}

async function isFolder(folder: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  const target = await stat(join(folder, entry.name)).catch(() => undefined)
  return target?.isDirectory() ?? false
}
