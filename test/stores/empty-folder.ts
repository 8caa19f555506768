/** A folder of a test's own, removed when it ends. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

export interface EmptyFolder extends Disposable {
  path: string
  /** Paths of all files in it. */
  names(): string[]
}

export function emptyFolder(): EmptyFolder {
  const path = mkdtempSync(join(tmpdir(), 'itemwise-folder-'))
  return {
    path,
    names: () =>
      readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(path, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
