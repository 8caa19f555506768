/** The right to write one version, kept by signs of life and lost to whoever takes it over. */
import { mkdirSync, rmdirSync, rmSync } from 'node:fs'
import { VersionBusy, WriterReplaced } from '../../core/errors.ts'
import type { Lease } from '../../core/store.ts'
import {
  currentLock,
  type FoundLock,
  isHeld,
  isOwn,
  type Lock,
  lockFile,
  lockGenerations,
  touch,
  writeLock,
} from './lock.ts'
import type { FolderContext } from './options.ts'
import { isMissing } from './reading.ts'
import { writingNow } from './unwritable.ts'

/** A writer looks at most this often whether it was replaced, however much it keeps. */
const lookEveryMs = 1000

export interface Taken {
  lock: Lock
  inheritedSeconds: number
}

/** Becomes the writer. `path` names the version in errors. Throws VersionBusy where another lives, StoreUnwritable. */
export function takeOver(work: string, path: string, here: FolderContext): Taken {
  for (;;) {
    const before = currentLock(work)
    if (before !== undefined && isHeld(before, here)) throw busy(before, path)
    const inheritedSeconds = before === undefined ? 0 : unwrittenSeconds(before)
    const generation = (before?.generation ?? 0) + 1
    const lock = writingNow(path, () => tryLock(work, { generation, inheritedSeconds }, here))
    if (lock === undefined) continue
    for (const older of lockGenerations(work))
      if (older < generation) rmSync(lockFile({ work, generation: older }), { force: true })
    return { lock, inheritedSeconds }
  }
}

/** Undefined where another was faster, or work/ went away meanwhile. */
function tryLock(
  work: string,
  made: { generation: number; inheritedSeconds: number },
  here: FolderContext,
): Lock | undefined {
  try {
    mkdirSync(work)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  try {
    return writeLock(work, made, here)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'ENOENT') return undefined
    throw error
  }
}

/** What a writer had worked until its last sign of life, and those before it. */
export function unwrittenSeconds({ writer, seen }: FoundLock): number {
  if (writer === null) return 0
  return Math.max(0, (seen - Date.parse(writer.started)) / 1000) + writer.inherited_seconds
}

function busy({ writer, seen }: FoundLock, path: string): VersionBusy {
  const lastSeen = `last seen ${new Date(seen).toISOString()}`
  const who =
    writer === null
      ? `another process (${lastSeen})`
      : `process ${writer.pid} on ${writer.host} since ${writer.started} (${lastSeen})`
  return new VersionBusy(
    `${path} is being run by ${who}. Only one process at a time may write a version. Wait for it or stop it, then try again; a host that went away frees it after a minute.`,
  )
}

export class FolderLease implements Lease {
  readonly inheritedSeconds: number
  readonly lost: AbortSignal
  readonly #lock: Lock
  readonly #path: string
  readonly #now: () => number
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  #lookedAt: number
  #ended = false

  constructor({ lock, inheritedSeconds }: Taken, path: string, { now, heartbeatMs }: FolderContext) {
    this.inheritedSeconds = inheritedSeconds
    this.lost = this.#controller.signal
    this.#lock = lock
    this.#path = path
    this.#now = now
    this.#lookedAt = now()
    this.#timer = setInterval(() => this.#giveSign(), heartbeatMs).unref()
  }

  /** Looks now and then whether another writer took over. Throws WriterReplaced. */
  check(): void {
    // A clock may have been set back.
    if (!this.#ended && Math.abs(this.#now() - this.#lookedAt) >= lookEveryMs) this.#look()
    this.lost.throwIfAborted()
  }

  /** Ends the signs of life without removing the lock: its folder is about to go. */
  end(): void {
    this.#ended = true
    clearInterval(this.#timer)
  }

  async release(): Promise<void> {
    this.end()
    if (!isOwn(this.#lock)) return
    rmSync(lockFile(this.#lock), { force: true })
    try {
      rmdirSync(this.#lock.work)
    } catch {
      // It holds work to go on with.
    }
  }

  #giveSign(): void {
    this.#look()
    if (this.lost.aborted) return
    try {
      touch(this.#lock, this.#now())
    } catch (error) {
      // A sign that cannot be given (a full disk, a lost network) is tried again; whoever takes over meanwhile is seen then.
      if (isMissing(error)) this.#look()
    }
  }

  #look(): void {
    this.#lookedAt = this.#now()
    if (isOwn(this.#lock)) return
    this.end()
    this.#controller.abort(
      new WriterReplaced(
        `${this.#path} was taken over by another process. Only one may write a version, so this one stops; what it kept is not lost.`,
      ),
    )
  }
}
