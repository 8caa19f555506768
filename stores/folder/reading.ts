/** Reads what lies in the folder: a file's bytes, its size, the names below a folder. */
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
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

/**
 * The bytes of a file as it was when it was opened, or of a range of it, the next piece being read while one is worked on. Throws FileMissing,
 * also for a folder.
 */
export async function* readBytes(file: string, path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const handle = await openFile(file, path)
  try {
    const { size } = await handle.stat()
    const end = Math.min(range?.[1] ?? size, size)
    let at = range?.[0] ?? 0
    let next = readPiece(handle, at, end)
    while (at < end) {
      const piece = await next
      if (piece.length === 0) return
      at += piece.length
      next = readPiece(handle, at, end)
      // Whoever wants no more pieces does not hear of it.
      next.catch(() => {})
      yield piece
    }
  } finally {
    await handle.close()
  }
}

async function readPiece(handle: FileHandle, at: number, end: number): Promise<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(Math.max(0, Math.min(chunkBytes, end - at)))
  const { bytesRead } = piece.length === 0 ? { bytesRead: 0 } : await handle.read(piece, 0, piece.length, at)
  return piece.subarray(0, bytesRead)
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

/** Undefined if there is no such file. Blocking, as above. */
export async function fileSize(file: string): Promise<number | undefined> {
  try {
    const found = statSync(file, { throwIfNoEntry: false })
    return found?.isFile() ? found.size : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Names directly below a folder, unsorted; none if there is no such folder. Blocking, as above. */
export async function entries(folder: string): Promise<Dirent[]> {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !isUnfinished(name))
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
