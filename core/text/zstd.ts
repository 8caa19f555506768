/** Compresses text with zstd as one frame with a checksum, and back: what is damaged does not come out as another text unsaid. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
// As a whole: Node 20 does not have the names, and is to be told by Itemwise that it is too old.
import * as zlib from 'node:zlib'

/** Thrown if compressed bytes are cut off, or are not as they were written. */
export class ZstdDamaged extends Error {
  override readonly name = 'ZstdDamaged'
}

/** The text as one frame, piece by piece. */
export function zstd(text: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  return through(text, zlib.createZstdCompress({ params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } }))
}

/** The bytes in a frame. Throws ZstdDamaged at the place where they are not as they were written, at the latest at their end. */
export async function* unzstd(frame: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    yield* through(counted(), zlib.createZstdDecompress())
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (typeof code !== 'string' || !/^(Z_|ZSTD_)/.test(code)) throw error
    throw new ZstdDamaged('The compressed bytes are cut off or were changed.', { cause: error })
  }
  if (bytes === 0) throw new ZstdDamaged('There are no compressed bytes.')

  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of frame) {
      bytes += piece.length
      yield piece
    }
  }
}

type Zstd = ReturnType<typeof zlib.createZstdCompress>

/** Errors of the source come out of the stream. */
function through(source: AsyncIterable<string | Uint8Array>, stream: Zstd): AsyncIterable<Uint8Array> {
  pipeline(Readable.from(source), stream).catch(() => {})
  return stream
}
