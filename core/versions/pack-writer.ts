/** Writes the packs of a step while its items come in order, each whole or not at all: one goes to the disk while the next is filled. */
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
  /** Of the pack before, which has all its text. */
  #before: Promise<void> = Promise.resolve()

  constructor(store: Pick<Store, 'write'>, place: { ref: VersionRef; step: number; kind: K }) {
    this.#store = store
    this.#place = place
  }

  /** Takes the next entry. Throws StoreUnwritable. */
  async add(entry: PackEntry<K>): Promise<void> {
    const { ref, step, kind } = this.#place
    const path = packPath(ref, step, { kind, item_index: entry.item_index })
    if (this.#open?.path !== path) await this.#next()
    this.#open ??= this.#begin(path)
    await this.#open.text.push(packText(entry))
  }

  /** Resolves when all of them are written. Throws StoreUnwritable. */
  async end(): Promise<void> {
    await this.#next()
    await this.#before
  }

  /** Gives up the pack that is being filled: it stays as it was. */
  async fail(error: unknown): Promise<void> {
    const open = this.#open
    this.#open = null
    open?.text.fail(error)
    await Promise.allSettled([this.#before, open?.written])
  }

  /** Gives the pack its end, and waits only for the one before. */
  async #next(): Promise<void> {
    const [open, before] = [this.#open, this.#before]
    if (open !== null) this.#before = open.written
    this.#open = null
    open?.text.end()
    await before
  }

  #begin(path: string): OpenPack {
    const text = new Channel()
    const written = this.#store.write(path, zstd(text))
    // A writer that broke off before it read anything must not leave the pusher waiting.
    written.catch((error) => text.fail(error))
    return { path, text, written }
  }
}
