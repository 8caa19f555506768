/**
 * Restores a journal that somebody removed or replaced during a run: as long as it is open, all of it is still
 * there. The file that took its place is kept beside it.
 */
import { closeSync, existsSync, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from './make-folder.ts'
import { renamePatientlyNow } from './rename.ts'
import { unfinishedIn } from './unfinished.ts'

const blockBytes = 1024 * 1024

/** Returns the file that is at the path now, open for appending; the old one is closed. Errors are the file system's own. */
export function journalAgain(old: number, path: string): number {
  makeFolder(dirname(path))
  const temporary = unfinishedIn(dirname(path))
  const copy = openSync(temporary, 'wx')
  try {
    copyBytes(old, copy)
    fdatasyncSync(copy)
  } finally {
    closeSync(copy)
  }
  if (existsSync(path)) renamePatientlyNow({ from: path, to: `${path}.replaced` })
  renamePatientlyNow({ from: temporary, to: path })
  const opened = openSync(path, 'a+')
  closeSync(old)
  return opened
}

function copyBytes(from: number, to: number): void {
  const block = Buffer.allocUnsafe(blockBytes)
  for (let at = 0; ; ) {
    const read = readSync(from, block, 0, block.length, at)
    if (read === 0) return
    for (let done = 0; done < read; ) done += writeSync(to, block, done, read - done, at + done)
    at += read
  }
}
