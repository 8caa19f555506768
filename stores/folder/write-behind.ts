/**
 * Does the small writes of many items in a thread of its own. Creating files costs more than everything else that is done for
 * an item (measured: 0.15 ms on a quiet disk, 1 ms on a busy one), and the journal has it all already: nobody need wait.
 */
import { Worker } from 'node:worker_threads'
import { doItemWrite, type ItemWrite } from './item-writes.ts'
import type { Fault } from './options.ts'

/** A thread takes 30 ms to start; a small run is done by then. */
const writesBeforeThread = 200

/** More than this is not held in memory: who hands more waits. The thread is never sent more at a time. */
const mostPendingCharacters = 4_000_000
const mostPendingWrites = 1000

/** A longer text is written here: it takes no longer than handing it to the thread, and would fill the thread's memory. */
const mostThreadCharacters = 1_000_000

/** It holds one list of writes at a time; without a limit it would let garbage grow to several times that. */
const threadMemory = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128 }

// The source runs as it is; in the npm package the thread's file lies beside the folder of chunks.
const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './write-behind-thread.ts' : '../write-behind-thread.js',
  import.meta.url,
)

export class WriteBehindWriter {
  readonly #fault: Fault | undefined
  #thread: Worker | null = null
  #written = 0
  #queue: ItemWrite[] = []
  #queuedCharacters = 0
  /** With the thread now. */
  #sent: ItemWrite[] = []
  #busy = false
  #failure: { error: unknown; file: string } | null = null
  #waiting: (() => void)[] = []

  /** With a fault hook everything is written at once, here, so that a test can stop between two writes. */
  constructor(fault: Fault | undefined) {
    this.#fault = fault
  }

  /** Writes, or leaves it to the thread; then an error shows in `failure` later. Throws what the file system throws. */
  write(write: ItemWrite): void {
    this.#written += 1
    if (this.#fault !== undefined || (this.#thread === null && this.#written <= writesBeforeThread)) {
      doItemWrite(write, this.#fault)
      return
    }
    this.#queue.push(write)
    this.#queuedCharacters += charactersOf(write)
    if (!this.#busy) setImmediate(() => this.#send())
    this.#busy = true
  }

  /** What went wrong in the thread, once. The journal still has what it was to write. */
  takeFailure(): { error: unknown; file: string } | null {
    const failure = this.#failure
    this.#failure = null
    return failure
  }

  /** Resolves at once, or when the thread has caught up. Others may fill the room that there is then: look again. */
  async room(): Promise<void> {
    while (!this.hasRoom) await this.#progress()
  }

  get hasRoom(): boolean {
    return this.#queue.length <= mostPendingWrites && this.#queuedCharacters <= mostPendingCharacters
  }

  /** Resolves when everything is written. */
  async drained(): Promise<void> {
    while (this.#busy) await this.#progress()
  }

  #progress(): Promise<void> {
    // Only somebody who waits keeps the process alive.
    this.#thread?.ref()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Sends as much as the thread can hold; in order, as later writes may be of the same file. */
  #send(): void {
    while (this.#queue[0] !== undefined && charactersOf(this.#queue[0]) > mostThreadCharacters)
      this.#writeHere(this.#take(1))
    if (this.#queue.length === 0) {
      this.#done(null)
      return
    }
    const thread = this.#started()
    this.#sent = this.#take(this.#sendable())
    thread.postMessage(this.#sent)
  }

  /** How many of the queue go at once: none that is too long, and not more than fit. */
  #sendable(): number {
    let characters = 0
    const last = this.#queue.findIndex((write) => {
      characters += charactersOf(write)
      return charactersOf(write) > mostThreadCharacters || characters > mostPendingCharacters
    })
    return last === -1 ? this.#queue.length : Math.max(1, last)
  }

  #take(count: number): ItemWrite[] {
    const taken = this.#queue.splice(0, count)
    for (const write of taken) this.#queuedCharacters -= charactersOf(write)
    return taken
  }

  /** What goes wrong shows in `failure`, as it does in the thread. */
  #writeHere(writes: ItemWrite[]): void {
    for (const write of writes) {
      try {
        doItemWrite(write)
      } catch (error) {
        this.#failure ??= { error, file: write.file }
      }
    }
  }

  #started(): Worker {
    if (this.#thread !== null) return this.#thread
    const thread = new Worker(threadFile, { resourceLimits: threadMemory })
    thread.on('message', (failure: { error: unknown; file: string } | null) => this.#done(failure))
    thread.on('error', () => {
      this.#thread = null
      // It came to its end, whatever ended it. Its writes can be done twice.
      this.#writeHere(this.#sent)
      this.#done(null)
    })
    thread.unref()
    this.#thread = thread
    return thread
  }

  #done(failure: { error: unknown; file: string } | null): void {
    this.#failure ??= failure
    this.#sent = []
    this.#busy = this.#queue.length > 0
    if (this.#busy) this.#send()
    else this.#thread?.unref()
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

function charactersOf(write: ItemWrite): number {
  return write.kind === 'remove' ? 0 : write.text.length
}
