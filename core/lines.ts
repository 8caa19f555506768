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

/** The lines of UTF-8 text, empty ones included; nothing after a last newline. Holds one line and one chunk at a time. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line, void, undefined> {
  let unfinished: Buffer[] = []
  let start = 0
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, from)) {
      const text = ended(unfinished, bytes, from, at)
      const end = start + length(unfinished) + at + 1 - from
      unfinished = []
      yield { text, start, end }
      start = end
      from = at + 1
    }
    if (from < bytes.length) unfinished.push(bytes.subarray(from))
  }
  if (unfinished.length > 0) {
    yield { text: Buffer.concat(unfinished).toString(), start, end: start + length(unfinished) }
  }
}

function ended(unfinished: Buffer[], bytes: Buffer, from: number, at: number): string {
  if (unfinished.length === 0) return bytes.toString('utf8', from, at)
  return Buffer.concat([...unfinished, bytes.subarray(from, at)]).toString()
}

function length(pieces: Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0)
}
