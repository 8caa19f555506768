/** Hands text from one place to a writer elsewhere, so that one pass can write several files at once. */

// A file system takes large pieces faster than small ones; one line is a few hundred bytes.
const pieceLength = 64 * 1024

/** `Bytes`: what may come besides text. */
export class Channel<Bytes extends Uint8Array = never> implements AsyncIterable<string | Bytes> {
  #lines: string[] = []
  #length = 0
  #ready: (string | Bytes)[] = []
  #ended = false
  #error: unknown = null
  #wake: (() => void) | null = null
  #drained: (() => void) | null = null

  /** Adds text, or a large piece of bytes; waits while the writer is more than a few pieces behind. */
  async push(text: string | Bytes): Promise<void> {
    if (typeof text === 'string') {
      this.#lines.push(text)
      this.#length += text.length
      if (this.#length >= pieceLength) this.#flush()
    } else {
      this.#flush()
      this.#ready.push(text)
      this.#wake?.()
    }
    while (this.#ready.length > 4 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve
      })
    }
  }

  /** No more text comes. */
  end(): void {
    this.#flush()
    this.#ended = true
    this.#wake?.()
  }

  /** The text cannot be finished: the writer gets the error, so that it leaves no half file. */
  fail(error: unknown): void {
    this.#error = error ?? new Error('The channel was broken off.')
    this.#ended = true
    this.#wake?.()
    this.#drained?.()
  }

  #flush(): void {
    if (this.#lines.length === 0) return
    this.#ready.push(this.#lines.join(''))
    this.#lines = []
    this.#length = 0
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string | Bytes> {
    try {
      for (;;) {
        if (this.#error !== null) throw this.#error
        const piece = this.#ready.shift()
        this.#drained?.()
        if (piece !== undefined) yield piece
        else if (this.#ended) return
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve
          })
        }
      }
    } finally {
      // A writer that broke off must not leave the pusher waiting.
      this.#ended = true
      this.#drained?.()
    }
  }
}
