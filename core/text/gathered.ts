/** Gathers the small pieces of a stream into large ones: a write, or a request, for each would be slow. */

/** Pieces of `leastBytes` or a little more; the last may be shorter. */
export async function* gathered(
  chunks: AsyncIterable<string | Uint8Array>,
  leastBytes: number,
): AsyncGenerator<Buffer, undefined> {
  let waiting: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    const piece = typeof chunk === 'string' ? Buffer.from(chunk) : viewOf(chunk)
    waiting.push(piece)
    bytes += piece.length
    if (bytes < leastBytes) continue
    yield joined(waiting)
    waiting = []
    bytes = 0
  }
  if (bytes > 0) yield joined(waiting)
}

/** The same bytes, not copied. */
function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
}
