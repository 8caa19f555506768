/** The files of a version's folder, one after another: there may be millions. */
import { type Dirent, readdirSync } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'

/** All files at any depth, half-made ones too, in no particular order. Holds the names of some hundred at a time. */
export async function* filesBelow(folder: string, depth = 0): AsyncGenerator<string> {
  for await (const entry of await opendir(folder, { bufferSize: 512 })) {
    const file = join(folder, entry.name)
    if (!entry.isDirectory()) yield file
    else if (depth === 0) yield* filesBelow(file, depth + 1)
    // The folder of an item has few files: in the background it would take ten times as long.
    else yield* filesBelowNow(file)
  }
}

function* filesBelowNow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }) as Dirent[]) {
    const file = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelowNow(file)
    else yield file
  }
}
