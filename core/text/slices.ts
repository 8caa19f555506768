/** Cuts byte ranges out of one stream that is read once, forward: the way through a collated file beside its ledger. */
import { RunFailed } from '../errors.ts'

export class Slices {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #name: string
  #chunk: Buffer = Buffer.alloc(0)
  /** Where #chunk begins in the stream. */
  #at = 0
  #taken = 0

  /** `name` stands in errors: the path of what is read. Nothing is read before the first `take`. */
  constructor(chunks: AsyncIterable<Uint8Array>, name = 'the file') {
    this.#chunks = chunks[Symbol.asyncIterator]()
    this.#name = name
  }

  /**
   * The bytes from `start` to before `end`; what lies before `start` is dropped. Holds one range and one chunk at a time.
   * Throws RangeError for a range that begins before the end of the one taken last, RunFailed if the stream is too short.
   */
  async take(start: number, end: number): Promise<Buffer> {
    // Most ranges lie in the chunk that is there.
    if (start >= Math.max(this.#taken, this.#at) && start <= end && end <= this.#at + this.#chunk.length) {
      this.#taken = end
      return this.#chunk.subarray(start - this.#at, end - this.#at)
    }
    const pieces: Buffer[] = []
    for await (const piece of this.pieces(start, end)) pieces.push(piece)
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  }

  /** The same in the pieces in which they come. */
  async *pieces(start: number, end: number): AsyncGenerator<Buffer> {
    if (start < this.#taken || end < start) {
      throw new RangeError(`Cannot take bytes ${start} to ${end} after byte ${this.#taken}. Ranges go forward.`)
    }
    this.#taken = end
    for (let from = start; from < end; from = Math.max(start, this.#at)) {
      const last = this.#at + this.#chunk.length
      if (last > from) yield this.#chunk.subarray(from - this.#at, end - this.#at)
      if (last >= end) return
      await this.#advance(end)
    }
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #advance(wanted: number): Promise<void> {
    const next = await this.#chunks.next()
    this.#at += this.#chunk.length
    this.#chunk = Buffer.alloc(0)
    if (next.done === true) {
      throw new RunFailed(
        `${this.#name} ends at byte ${this.#at}, before byte ${wanted}. It is shorter than its ledger says: it was changed or cut off. Put it back, or let \`itemwise doctor --fix\` write it anew from what is left.`,
      )
    }
    this.#chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
  }
}
