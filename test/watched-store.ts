/** A workspace's store that remembers how much of which file was read. */
import type { ByteRange } from '../core/store.ts'
import { FolderStore } from '../stores/folder.ts'

export class WatchedStore extends FolderStore {
  readonly seen: { path: string; bytes: number }[] = []

  override async *read(path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const seen = { path, bytes: 0 }
    this.seen.push(seen)
    for await (const chunk of super.read(path, range)) {
      seen.bytes += chunk.length
      yield chunk
    }
  }

  bytesOf(path: string): number {
    return this.seen.filter((one) => one.path === path).reduce((sum, { bytes }) => sum + bytes, 0)
  }

  forget(): void {
    this.seen.length = 0
  }
}
