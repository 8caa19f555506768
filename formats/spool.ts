/** Bytes that are kept in a temporary file while this process lives, so that memory holds none of them. */
import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ByteRange, ContentStream } from '../core/store.ts'
import { gathered } from '../core/text/gathered.ts'

/** Bytes that can be read from the beginning, or a part of them, as often as one wants. */
export interface Bytes {
  read(range?: ByteRange): AsyncIterable<Uint8Array>
  size: number
}

export interface Spooled extends Bytes {
  /** In hex. */
  sha256: string
}

const pieceBytes = 256 * 1024

let folder: string | undefined
let files = 0

/** Writes a stream to a temporary file, which is removed when the process ends. */
export async function spool(chunks: ContentStream): Promise<Spooled> {
  folder ??= madeFolder()
  files += 1
  const path = join(folder, String(files))
  const hash = createHash('sha256')
  let size = 0
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const piece of gathered(chunks, pieceBytes)) {
      hash.update(piece)
      size += piece.length
      // Unlike `write`, it goes on until all of it is written.
      await file.writeFile(piece)
    }
  } finally {
    await file.close()
  }
  const read = (range?: ByteRange) => (range === undefined ? createReadStream(path) : readRange(path, range))
  return { read, size, sha256: hash.digest('hex') }
}

async function* readRange(path: string, [start, end]: ByteRange): AsyncGenerator<Uint8Array> {
  if (end > start) yield* createReadStream(path, { start, end: end - 1 })
}

function madeFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'itemwise-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  return made
}
