/**
 * Lets one process at a time change a version's record: otherwise a read, change and write would undo what another process wrote
 * meanwhile. The lock works like a writer's; the lock of a dead process blocks nobody.
 */
import { readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { VersionBusy } from '../../core/errors.ts'
import { currentLock, type FoundLock, isHeld, isOwn, type Lock, lockFile, lockGenerations, writeLock } from './lock.ts'
import { makeFolder } from './make-folder.ts'
import type { FolderContext } from './options.ts'
import { writingNow } from './unwritable.ts'

/** A change takes milliseconds, on a busy disk a second. */
const mostWaitMs = 30_000
const lookEveryMs = 10

/** In the folder of a version or a pipeline, and never listed. */
export const recordLockName = '.new-record-lock'

/** Does a change while no other process does one. `path` names the record. Throws VersionBusy if its turn never comes, StoreUnwritable. */
export async function changingAlone<T>(
  { folder, path }: { folder: string; path: string },
  here: FolderContext,
  change: () => T | Promise<T>,
): Promise<T> {
  const lock = await takeTurn(join(folder, recordLockName), path, here)
  try {
    return await change()
  } finally {
    giveBack(lock)
  }
}

async function takeTurn(folder: string, path: string, here: FolderContext): Promise<Lock> {
  const began = performance.now()
  for (;;) {
    const lock = writingNow(path, () => tryTurn(folder, here), 'try again')
    if (lock !== undefined) return lock
    if (performance.now() - began > mostWaitMs) throw busy(path, currentLock(folder))
    await wait(lookEveryMs * (0.5 + Math.random()))
  }
}

/** Undefined if another process has it, or was faster. */
function tryTurn(folder: string, here: FolderContext): Lock | undefined {
  const before = currentLock(folder)
  if (before !== undefined && isHeld(before, here)) return undefined
  makeFolder(folder)
  const lock = newLock(folder, (before?.generation ?? 0) + 1, here)
  if (lock === undefined) return undefined
  // If two processes saw the lock of a dead one, one of them may have finished, and a third have begun, in between.
  if (isOwn(lock) && otherLocks(lock).every((generation) => generation === before?.generation && isStill(before))) {
    for (const generation of otherLocks(lock)) rmSync(lockFile({ work: folder, generation }), { force: true })
    return lock
  }
  giveBack(lock)
  return undefined
}

function newLock(work: string, generation: number, here: FolderContext): Lock | undefined {
  try {
    return writeLock(work, { generation, inheritedSeconds: 0 }, here)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    // ENOENT: the process that had it before removed the folder.
    if (code === 'EEXIST' || code === 'ENOENT') return undefined
    throw error
  }
}

function otherLocks({ work, generation }: Lock): number[] {
  return lockGenerations(work).filter((other) => other !== generation)
}

/** Whether the lock is still the one that was seen: of a process that is gone. */
function isStill(seen: FoundLock): boolean {
  try {
    return readFileSync(lockFile(seen), 'utf8') === seen.text
  } catch {
    return false
  }
}

function giveBack(lock: Lock): void {
  rmSync(lockFile(lock), { force: true })
  try {
    rmdirSync(lock.work)
  } catch {
    // Another process waits in it.
  }
}

function busy(path: string, lock: FoundLock | undefined): VersionBusy {
  const who = lock?.writer ? `process ${lock.writer.pid} on ${lock.writer.host}` : 'another process'
  return new VersionBusy(
    `${path} has been changed by ${who} for ${mostWaitMs / 1000} s, so nothing was changed in it. Wait until that has ended, then try again.`,
  )
}
