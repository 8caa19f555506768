/** Writes a file that a person named, inside a workspace or not. */
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline as streamed } from 'node:stream/promises'
import { FileMissing, RequestRefused, StoreUnwritable } from '../core/errors.ts'
import { renamePatiently } from './folder/rename.ts'

/** Lets the file appear whole or not at all. Throws StoreUnwritable, and what `chunks` throws. */
export async function writeOutputFile(path: string, chunks: AsyncIterable<string | Uint8Array>): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`
  try {
    await streamed(chunks, createWriteStream(unfinished))
    await renamePatiently({ from: unfinished, to: path })
  } catch (cause) {
    await rm(unfinished, { force: true })
    const code = (cause as NodeJS.ErrnoException).code
    if (cause instanceof RequestRefused || cause instanceof FileMissing || code === undefined) throw cause
    throw new StoreUnwritable(
      `${path} cannot be written (${code}). Expected a folder that exists and may be written to. Check --output.`,
      { cause },
    )
  }
}
