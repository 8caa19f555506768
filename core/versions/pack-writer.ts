/** Writes the packs of a step while its items come in order: one at a time, each whole or not at all. */
import type { Store, VersionRef } from '../store.ts'
import { Channel } from '../text/channel.ts'
import { zstd } from '../text/zstd.ts'
import { type PackEntry, type PackKind, packPath, packText } from './packs.ts'

interface OpenPack {
  path: string
  text: Channel
  written: Promise<void>
}

export class PackWriter<K extends PackKind> {
  readonly #store: Pick<Store, 'write'>
  readonly #place: { ref: VersionRef; step: number; kind: K }
  #open: OpenPack | null = null

  constructor(store: Pick<Store, 'write'>, place: { ref: VersionRef; step: number; kind: K }) {
    this.#store = store
    this.#place = place
  }

  /** Takes the next entry. Throws StoreUnwritable. */
  async add(entry: PackEntry<K>): Promise<void> {
    const { ref, step, kind } = this.#place
    const path = packPath(ref, step, { kind, item_index: entry.item_index })
    if (this.#open?.path !== path) await this.end()
    this.#open ??= this.#begin(path)
    await this.#open.text.push(packText(entry))
  }

  /** Ends the pack that is being written. Throws StoreUnwritable. */
  async end(): Promise<void> {
    const open = this.#open
    this.#open = null
    open?.text.end()
    await open?.written
  }

  /** Gives up the pack that is being written: it stays as it was. */
  async fail(error: unknown): Promise<void> {
    const open = this.#open
    this.#open = null
    open?.text.fail(error)
    await open?.written.catch(() => {})
  }

  #begin(path: string): OpenPack {
    const text = new Channel()
    const written = this.#store.write(path, zstd(text))
    // A writer that broke off before it read anything must not leave the pusher waiting.
    written.catch((error) => text.fail(error))
    return { path, text, written }
  }
}
