/**
 * Before all tests: gives temporary files a folder in memory if there is room. Tests make a million small files and wait for none of
 * them to reach a disk; the kernel spends half the time on them. A TMPDIR that is set is used as it is.
 */
import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

const inMemory = '/dev/shm'

/** The files of three workers that hold ten thousand items each, several times over. */
const roomNeeded = 3e9

export default function setup(): (() => void) | undefined {
  if (process.env.TMPDIR !== undefined || !hasRoom()) return
  const folder = mkdtempSync(join(inMemory, 'itemwise-tests-'))
  process.env.TMPDIR = folder
  return () => {
    delete process.env.TMPDIR
    rmSync(folder, { recursive: true, force: true })
  }
}

function hasRoom(): boolean {
  try {
    accessSync(inMemory, constants.W_OK)
    const { bavail, bsize } = statfsSync(inMemory)
    return bavail * bsize > roomNeeded
  } catch {
    return false
  }
}
