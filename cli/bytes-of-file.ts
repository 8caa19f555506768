/** A file of this machine that may lie anywhere, as bytes that can be read in parts. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { RequestRefused } from '../core/errors.ts'
import type { ByteRange } from '../core/store.ts'
import type { Bytes } from '../formats/spool.ts'
import type { Terminal } from './terminal.ts'

/** `path`: relative to the folder of the command. Throws RequestRefused if there is no such file. */
export async function bytesOfFile(path: string, { cwd }: Pick<Terminal, 'cwd'>): Promise<Bytes> {
  const file = resolve(cwd, path)
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile()) throw new RequestRefused([`There is no file ${path} that can be read. Check the path.`])
  return { size: found.size, read: (range) => readFrom(file, range) }
}

async function* readFrom(file: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  if (range === undefined) yield* createReadStream(file)
  else if (range[1] > range[0]) yield* createReadStream(file, { start: range[0], end: range[1] - 1 })
}
