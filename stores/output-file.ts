/** Writes a file that a person named, inside a workspace or not. */
import { createWriteStream, existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pipeline as streamed } from 'node:stream/promises'
import { FileMissing, RequestRefused, StoreUnwritable } from '../core/errors.ts'
import { renamePatiently } from './folder/rename.ts'
import { reasonOf } from './folder/unwritable.ts'

/** Lets the file appear whole or not at all. Throws RequestRefused inside a version, StoreUnwritable, and what `chunks` throws. */
export async function writeOutputFile(path: string, chunks: AsyncIterable<string | Uint8Array>): Promise<void> {
  refuseInVersion(path)
  const unfinished = `${path}.${process.pid}.tmp`
  try {
    await streamed(chunks, createWriteStream(unfinished))
    await renamePatiently({ from: unfinished, to: path })
  } catch (cause) {
    await rm(unfinished, { force: true })
    const code = (cause as NodeJS.ErrnoException).code
    if (cause instanceof RequestRefused || cause instanceof FileMissing || code === undefined) throw cause
    const [what, remedy] = reasonOf(code)
    throw new StoreUnwritable(
      `${path} cannot be written: ${what} (${code}). ${remedy}, or name another place with --output.`,
      { cause },
    )
  }
}

/** A version never changes: its record, or an answer, would be gone for good. */
function refuseInVersion(path: string): void {
  let folder = dirname(resolve(path))
  while (!isVersion(folder)) {
    if (folder === dirname(folder)) return
    folder = dirname(folder)
  }
  throw new RequestRefused([
    `${path} is inside the version ${folder}, which never changes. Nothing was written. Name a place outside of it in --output.`,
  ])
}

function isVersion(folder: string): boolean {
  return ['metadata.json', 'run.json'].every((name) => existsSync(join(folder, name)))
}
