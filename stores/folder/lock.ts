/** The lock of a version: work/lock-<generation>.json. The highest generation is its writer's; its mtime is the last sign of life. */
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FolderContext } from './options.ts'
import { processLives, processSpace, processStart } from './process-life.ts'
import { isMissing } from './reading.ts'

/** A writer on another host counts as gone after this long without a sign of life. */
const goneAfterMs = 60_000

/** What a lock says of its writer. */
export interface LockHolder {
  host: string
  /** See processSpace. */
  process_space: string | null
  pid: number
  process_start: string | null
  /** UTC. */
  started: string
  /** What the writers before it had worked and not written down. */
  inherited_seconds: number
}

export interface Lock {
  /** The version's folder work/. */
  work: string
  generation: number
  /** What stands in the file: by it a writer knows its own lock again. */
  text: string
}

export interface FoundLock extends Lock {
  /** Null where the file is empty or torn: its writer was killed, or is just beginning. */
  writer: LockHolder | null
  /** Epoch milliseconds of the last sign of life. */
  seen: number
}

export function lockFile({ work, generation }: Pick<Lock, 'work' | 'generation'>): string {
  return join(work, `lock-${String(generation).padStart(6, '0')}.json`)
}

/** Generations of the locks in work/, ascending; none where it is missing. */
export function lockGenerations(work: string): number[] {
  try {
    const found = readdirSync(work).map((name) => /^lock-(\d{6,})\.json$/.exec(name)?.[1])
    return found
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => a - b)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** The lock that counts, or undefined where the version has no writer. */
export function currentLock(work: string): FoundLock | undefined {
  for (;;) {
    const generation = lockGenerations(work).at(-1)
    if (generation === undefined) return undefined
    const file = lockFile({ work, generation })
    try {
      const text = readFileSync(file, 'utf8')
      return { work, generation, text, writer: writerOf(text), seen: statSync(file).mtimeMs }
    } catch (error) {
      // Released since it was listed: look again.
      if (!isMissing(error)) throw error
    }
  }
}

function writerOf(text: string): LockHolder | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Makes a lock of this generation. Of two that try, one fails with EEXIST. */
export function writeLock(
  work: string,
  { generation, inheritedSeconds }: { generation: number; inheritedSeconds: number },
  here: FolderContext,
): Lock {
  const { host, pid, now } = here
  const writer: LockHolder = {
    host,
    process_space: processSpace(),
    pid,
    process_start: processStart(pid),
    started: new Date(now()).toISOString(),
    inherited_seconds: inheritedSeconds,
  }
  const lock: Lock = { work, generation, text: `${JSON.stringify(writer)}\n` }
  const file = lockFile(lock)
  try {
    writeFileSync(file, lock.text, { flag: 'wx' })
    touch(lock, now())
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(file, { force: true })
    throw error
  }
  return lock
}

/** Gives a sign of life. */
export function touch(lock: Lock, now: number): void {
  utimesSync(lockFile(lock), now / 1000, now / 1000)
}

/** Whether the lock's writer lives. On another host, or where the lock is torn: whether it was seen within the minute. */
export function isHeld(
  {
    writer,
    seen,
  }: { writer: Pick<LockHolder, 'host' | 'process_space' | 'pid' | 'process_start'> | null; seen: number },
  { host, now }: Pick<FolderContext, 'host' | 'now'>,
): boolean {
  if (writer !== null && writer.host === host && writer.process_space === processSpace()) {
    return processLives(writer.pid, writer.process_start)
  }
  return now() - seen < goneAfterMs
}

/** Whether a writer's lock is still there and none came after it. Errors other than a missing file leave it in doubt, and so its own. */
export function isOwn(lock: Lock): boolean {
  try {
    return lockGenerations(lock.work).at(-1) === lock.generation && readFileSync(lockFile(lock), 'utf8') === lock.text
  } catch (error) {
    return !isMissing(error)
  }
}
