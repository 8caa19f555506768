/** What is kept of one step of one version, shard by shard. */
import type { ItemPlace, KeptItem, VersionRef } from '../../core/store.ts'
import { TextRoom, withTexts } from './entry-texts.ts'
import type { Objects } from './objects.ts'
import type { PartEntry } from './part-entries.ts'
import { shardOf } from './part-names.ts'
import { listShard, type PartShard } from './part-shard.ts'

export interface StepPlace {
  objects: Objects
  ref: VersionRef
  step: number
}

export class StepParts {
  readonly #place: StepPlace
  readonly #most: number
  readonly #room: TextRoom
  /** Most recently used last. */
  readonly #shards = new Map<number, Promise<PartShard>>()

  /** `shards`: how many are held in memory; `textBytes`: how much of their texts. */
  constructor(place: StepPlace, { shards, textBytes }: { shards: number; textBytes: number }) {
    this.#place = place
    this.#most = shards
    this.#room = new TextRoom(textBytes)
  }

  /** All entries of an item. Throws StoreUnreadable. */
  async entriesOf(item: ItemPlace, own: ReadonlySet<string>): Promise<PartEntry[]> {
    return (await this.shard(shardOf(item.item_index))).entriesOf(item, own)
  }

  /** A kept item whose texts are not in memory, with them. Throws StoreUnreadable. */
  withTexts(kept: KeptItem): Promise<KeptItem> {
    return withTexts(this.#place, kept)
  }

  /** A shard as it was when first asked for. */
  shard(shard: number): Promise<PartShard> {
    const found = this.#shards.get(shard) ?? listShard({ ...this.#place, shard, room: this.#room })
    this.#shards.delete(shard)
    this.#shards.set(shard, found)
    found.catch(() => this.#shards.delete(shard))
    for (const oldest of this.#shards.keys()) {
      if (this.#shards.size <= this.#most) break
      this.#shards.delete(oldest)
    }
    return found
  }
}
