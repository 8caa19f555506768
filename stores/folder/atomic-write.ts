/** Writes a file whole or not at all: first beside its place, then by a rename. */
import { rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open, rm, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ContentStream } from '../../core/store.ts'
import { gathered } from '../../core/text/gathered.ts'
import { makeFolder } from './make-folder.ts'
import type { Fault, FaultPoint } from './options.ts'
import { isMissing } from './reading.ts'
import { renamePatiently, renamePatientlyNow } from './rename.ts'
import { unfinishedIn } from './unfinished.ts'
import { writing } from './unwritable.ts'

// Bytes gathered before they go to disk, so that a stream of small pieces is not a stream of small writes.
const gatherBytes = 256 * 1024
/** So much is on its way to the disk while the next is made. */
const flushBytes = 32 * 1024 * 1024

/**
 * Writes text or streamed chunks to `file`, making its folders. `path` names it in errors.
 * Throws StoreUnwritable, or what the chunks throw; then the old file, if any, is as it was.
 */
export async function writeWhole(
  file: string,
  content: string | ContentStream,
  { path, fault }: { path: string; fault: Fault | undefined },
): Promise<void> {
  const temporary = unfinishedIn(dirname(file))
  try {
    const handle = await writing(path, () => openNew(temporary))
    try {
      const pieces = typeof content === 'string' ? [content] : gathered(content, gatherBytes)
      await writePieces(handle, pieces, path)
    } finally {
      await handle.close()
    }
    const before = () => fault?.('write:temp-written', temporary)
    await writing(path, () => renamePatiently({ from: temporary, to: file, before }))
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/** Writes them so that they are on the disk; a long file goes there while it is made, and not all of it at its end. */
async function writePieces(
  handle: FileHandle,
  pieces: Iterable<string> | AsyncIterable<Buffer>,
  path: string,
): Promise<void> {
  let waiting = 0
  let flushed = Promise.resolve()
  for await (const piece of pieces) {
    await writing(path, () => handle.writeFile(piece))
    waiting += piece.length
    if (waiting < flushBytes) continue
    waiting = 0
    await writing(path, () => flushed)
    flushed = handle.datasync()
    // What goes wrong is told when it is waited for.
    flushed.catch(() => {})
  }
  await writing(path, () => flushed)
  await writing(path, () => handle.datasync())
}

/** Removes a file; a folder stays. Throws StoreUnwritable. */
export async function removeFile(file: string, path: string): Promise<void> {
  await writing(path, async () => {
    try {
      await unlink(file)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  })
}

async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    makeFolder(dirname(file))
    return open(file, 'wx')
  }
}

export interface WriteNow {
  file: string
  temporary: string
  /** Waits until the text is on the disk: for the few files without which a version is lost. */
  flush?: boolean
  fault: Fault | undefined
  point: FaultPoint
}

/** The same for a short text, blocking: nothing else in this process happens in between. Errors are the file system's own. */
export function writeWholeNow(text: string, { file, temporary, flush = false, fault, point }: WriteNow): void {
  try {
    writeFileSync(temporary, text, { encoding: 'utf8', flush })
    renamePatientlyNow({ from: temporary, to: file, before: () => fault?.(point, temporary) })
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Writes; if a folder is missing, makes it and writes again: most folders are there, so looking first would cost more. */
export function makingFolder(folder: string, write: () => void): void {
  try {
    write()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    makeFolder(folder)
    write()
  }
}
