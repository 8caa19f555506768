/** What becomes of output that nobody takes any more: no reason to stop, and no reason to say that all is well. */

/** The part of a stream that this needs. */
export interface OutputStream {
  isTTY?: boolean
  write(text: string, done?: (error?: Error | null) => void): boolean
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
}

/** The reader went away (`itemwise list | head`). A terminal that was closed says EIO. */
const readerGone = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

/** One stream of output. After its first error nothing more is written to it, and the command continues. */
export class Output {
  readonly #stream: OutputStream
  #error: NodeJS.ErrnoException | null = null

  constructor(stream: OutputStream) {
    this.#stream = stream
    stream.on('error', (error) => {
      this.#error ??= error
    })
  }

  write(text: string): void {
    if (this.#error === null) this.#stream.write(text)
  }

  /** Resolves when everything is written, or lost. */
  async ended(): Promise<void> {
    if (this.#error !== null) return
    await new Promise<void>((resolve) => {
      this.#stream.write('', () => resolve())
    })
    // The error of a write is told a moment after its end.
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Why output that somebody waits for could not be written, such as a full disk. Null if all is written, or nobody reads. */
  get lost(): NodeJS.ErrnoException | null {
    if (this.#error === null) return null
    const { code = '' } = this.#error
    return readerGone.has(code) || (code === 'EIO' && this.#stream.isTTY === true) ? null : this.#error
  }
}

/** Commands that do something: what came of it is their exit code, whoever read their words. The others only print. */
const acting = new Set(['run', 'rerun', 'resume', 'follow', 'abort', 'label', 'push', 'pull', 'init'])

/**
 * The exit code of a command whose output may have been lost. What only prints has failed where its result could not be
 * written, so that a cut file is not taken for a whole one.
 */
export function codeAfterLoss(
  { code, command, lost }: { code: number; command: string; lost: NodeJS.ErrnoException | null },
  note: (text: string) => void,
): number {
  if (lost === null) return code
  const what = lost.code === 'ENOSPC' ? 'the disk is full (ENOSPC)' : (lost.code ?? lost.message)
  const acts = acting.has(command)
  const rest = acts ? 'The work itself is not affected.' : 'It is cut off. Free some space, then run the command again.'
  note(`itemwise: The output could not be written: ${what}. ${rest}\n`)
  return code === 0 && !acts ? 1 : code
}
