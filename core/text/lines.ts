/** Cuts a stream of bytes into lines. The lines tile the stream: each begins where the one before ended. */

export interface Line {
  /** Without its newline; a carriage return before it stays. */
  text: string
  /** First byte of the line. */
  start: number
  /** The byte after its newline, or the end of the stream for a last line without one. */
  end: number
}

const newline = 10

/** A text of V8 has at most 2^29 - 24 characters, and a line of so many bytes has no more. */
const mostBytes = 2 ** 29 - 24

/** Replaces a line that is longer than a string can be. It is not JSON, so it counts as damaged wherever lines are JSON. */
export const overlong = '\0'

/**
 * The lines of UTF-8 text, empty ones included; nothing after a last newline. Holds one line and one chunk at a time; of a line
 * of more than `longest` bytes (a disk that lost power can leave a gigabyte of zeros) nothing: it comes as `overlong`.
 */
export async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  longest = mostBytes,
): AsyncGenerator<Line, void, undefined> {
  const unfinished = new Unfinished(longest)
  let start = 0
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, from)) {
      const end = start + unfinished.length + at + 1 - from
      yield { text: unfinished.ended(bytes, from, at), start, end }
      start = end
      from = at + 1
    }
    if (from < bytes.length) unfinished.add(bytes.subarray(from))
  }
  if (unfinished.length > 0) {
    const end = start + unfinished.length
    yield { text: unfinished.ended(Buffer.alloc(0), 0, 0), start, end }
  }
}

/** The pieces of a line whose newline has not come yet. */
class Unfinished {
  readonly #longest: number
  #pieces: Buffer[] = []
  /** Bytes, including those that were dropped. */
  length = 0

  constructor(longest: number) {
    this.#longest = longest
  }

  add(piece: Buffer): void {
    this.length += piece.length
    if (this.length > this.#longest) this.#pieces = []
    else this.#pieces.push(piece)
  }

  /** The line that ends with these bytes; the next one begins. */
  ended(bytes: Buffer, from: number, to: number): string {
    const pieces = this.#pieces
    const whole = this.length + to - from
    const begun = this.length > 0
    this.#pieces = []
    this.length = 0
    if (whole > this.#longest) return overlong
    if (!begun) return bytes.toString('utf8', from, to)
    return Buffer.concat([...pieces, bytes.subarray(from, to)]).toString()
  }
}
