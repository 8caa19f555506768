/** Reads files and remembers the sha256 of each that was read to its end. */
import { createHash } from 'node:crypto'
import type { Store } from '../store.ts'

export function hashingRead(store: Store): { read: Store['read']; sha256: (path: string) => Promise<string> } {
  const known = new Map<string, string>()
  async function* read(path: string): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256')
    for await (const chunk of store.read(path)) {
      hash.update(chunk)
      yield chunk
    }
    known.set(path, hash.digest('hex'))
  }
  const sha256 = async (path: string) => {
    if (!known.has(path)) for await (const _chunk of read(path));
    return known.get(path) ?? ''
  }
  return { read, sha256 }
}
