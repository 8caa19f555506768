/**
 * Group commit: answers that come within a moment of each other are put as one object. The moment is an eighth of the time that answers
 * took so far, so a killed Lambda loses an eighth as many answers as it has calls under way, however long an answer takes.
 */
import { bytesOf } from './entry-texts.ts'
import type { PartEntry } from './part-entries.ts'

const shareOfAnswer = 1 / 8
/** A PUT takes about as long. */
const shortestMs = 50
const longestMs = 2000
/** With more, a PUT takes noticeably longer. */
const mostBytes = 1024 * 1024

/** How long a group waits for further answers if they take so long, in milliseconds. */
export function windowOf(answerMs: number): number {
  return Math.min(longestMs, Math.max(shortestMs, answerMs * shareOfAnswer))
}

export interface GroupCommitTools {
  /** Puts a group. Throws StoreUnwritable. */
  put: (entries: PartEntry[]) => Promise<void>
  /** Whether calls are under way whose answers may still come. */
  isWaiting: () => boolean
  /** Aborted: what comes is put at once. */
  stop?: AbortSignal | undefined
}

interface Group {
  entries: PartEntry[]
  bytes: number
  timer: NodeJS.Timeout | undefined
  /** Begins the PUT. */
  close: () => void
  written: Promise<void>
}

export class GroupCommit {
  readonly #tools: GroupCommitTools
  #group: Group | null = null
  #answers = 0
  #answersMs = 0
  #arriving = 0

  constructor(tools: GroupCommitTools) {
    this.#tools = tools
    tools.stop?.addEventListener('abort', this.flush, { once: true })
  }

  /** How long a group waits for further answers, in milliseconds. */
  get windowMs(): number {
    return windowOf(this.#answers === 0 ? 0 : this.#answersMs / this.#answers)
  }

  /** A group waits for an answer that has come. Returns what is to be called when it is added, or will not be. */
  arrives(): () => void {
    this.#arriving += 1
    let isHere = false
    return () => {
      if (!isHere) this.#arriving -= 1
      isHere = true
    }
  }

  /** Resolves when the object that the entry is in is there. Throws StoreUnwritable. */
  add(entry: PartEntry): Promise<void> {
    this.#note(entry)
    this.#group ??= this.#begin()
    const group = this.#group
    group.entries.push(entry)
    group.bytes += bytesOf(entry)
    // What a reply cost that is asked for again: nobody waits for the next answer before he goes on.
    const isDue = 'spent' in entry || group.bytes >= mostBytes || this.#tools.stop?.aborted
    if (isDue || (this.#arriving === 0 && !this.#tools.isWaiting())) this.flush()
    return group.written
  }

  /** Puts what there is. */
  readonly flush = () => {
    const group = this.#group
    this.#group = null
    clearTimeout(group?.timer)
    group?.close()
  }

  end(): void {
    this.#tools.stop?.removeEventListener('abort', this.flush)
    this.flush()
  }

  #begin(): Group {
    const { promise, resolve } = Promise.withResolvers<void>()
    const entries: PartEntry[] = []
    const written = promise.then(() => this.#tools.put(entries))
    return { entries, bytes: 0, timer: setTimeout(this.flush, this.windowMs), close: resolve, written }
  }

  #note(entry: PartEntry): void {
    if (!('kept' in entry) || entry.kept.line.milliseconds === 0) return
    this.#answers += 1
    this.#answersMs += entry.kept.line.milliseconds
  }
}
