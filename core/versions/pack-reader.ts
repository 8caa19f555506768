/** Finds what the packs of a step have of items that are asked for in order: each pack is read once, and to its end. */
import { FileMissing } from '../errors.ts'
import type { Store } from '../store.ts'
import { Ascending } from '../text/ascending.ts'
import {
  isUnreadable,
  type PackEntry,
  type PackKind,
  type PackPlace,
  type PlacedItem,
  packEntries,
  packPath,
} from './packs.ts'

export class PackReader<K extends PackKind> {
  /** Packs that are there and are not as they were written. */
  readonly damaged = new Set<string>()
  readonly #store: Pick<Store, 'read'>
  readonly #place: PackPlace<K>
  #path = ''
  #entries: Ascending<PackEntry<K>> | null = null

  constructor(store: Pick<Store, 'read'>, place: PackPlace<K>) {
    this.#store = store
    this.#place = place
  }

  /** Undefined if the pack has nothing of the item, is missing, or is damaged before it. What is found is not proven by the pack. */
  async find({ item_index, segment }: PlacedItem): Promise<PackEntry<K> | undefined> {
    const { ref, step, kind } = this.#place
    const path = packPath(ref, step, { kind, item_index })
    if (path !== this.#path) await this.close()
    if (path !== this.#path) this.#entries = new Ascending(packEntries(this.#store, { kind, path }))
    this.#path = path
    const entry = await this.#read(item_index)
    return entry?.segment === segment ? entry : undefined
  }

  /** Reads the current pack to its end: then all of it is proven, or it is among the damaged. */
  async close(): Promise<void> {
    await this.#read(Number.POSITIVE_INFINITY)
    this.#entries = null
  }

  async #read(item_index: number): Promise<PackEntry<K> | null> {
    try {
      return (await this.#entries?.find(item_index)) ?? null
    } catch (error) {
      if (!isUnreadable(error)) throw error
      if (!(error instanceof FileMissing)) this.damaged.add(this.#path)
      this.#entries = null
      return null
    }
  }
}

/** What versions of a pipeline keep of a step's items that are asked for in order: in packs, or in files of their own. */
export class KeptCopies<K extends PackKind> {
  readonly #store: Store
  readonly #place: { pipeline: string; step: number; kind: K }
  readonly #readers = new Map<string, PackReader<K>>()

  constructor(store: Store, place: { pipeline: string; step: number; kind: K }) {
    this.#store = store
    this.#place = place
  }

  /** What the packs of a version have of an item. It is not proven. */
  find(version: string, item: PlacedItem): Promise<PackEntry<K> | undefined> {
    const { pipeline, step, kind } = this.#place
    const known = this.#readers.get(version)
    const reader = known ?? new PackReader(this.#store, { ref: { pipeline, version }, step, kind })
    this.#readers.set(version, reader)
    return reader.find(item)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()))
  }
}
