/** Converts inputs as a run does, and shows what became of them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { RequestRefused } from '../../core/errors.ts'
import type { InputType } from '../../core/request.ts'
import { converter } from '../../formats/convert.ts'
import { FolderStore } from '../../stores/folder.ts'

/** Files that other programs wrote: files/make.py. */
export const foreign = resolve(import.meta.dirname, 'files')

export interface Shown {
  read_as: string
  /** The JSON lines. */
  lines: string[]
}

/** What an input in a folder becomes; null if it is read where it is; a sentence if it is refused. */
export async function converted(
  folder: string,
  written: string,
  types: Record<string, InputType> = {},
  stdin: (() => AsyncIterable<Uint8Array>) | null = null,
): Promise<Shown | null | string> {
  try {
    const found = await converter(stdin)(new FolderStore(folder), { written, types })
    if (found === null) return null
    const text = Buffer.concat(await Array.fromAsync(found.read(''))).toString()
    const lines = text.split('\n').slice(0, -1)
    if (lines.length !== found.items || Buffer.byteLength(text) !== found.size) throw new Error('The counts are wrong.')
    return { read_as: found.read_as, lines }
  } catch (error) {
    if (error instanceof RequestRefused) return error.message
    throw error
  }
}

/** A folder with these files, which is removed at the end. */
export function folderWith(files: Record<string, string | Uint8Array>): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'itemwise-formats-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

export async function* chunksOf(content: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content as string)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
