/** What is kept of one step of one version, shard by shard. */
import type { ItemPlace, VersionRef } from '../../core/store.ts'
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
  /** The one that was used last comes last. */
  readonly #shards = new Map<number, Promise<PartShard>>()

  /** `mostShards`: how many are held in memory. */
  constructor(place: StepPlace, mostShards: number) {
    this.#place = place
    this.#most = mostShards
  }

  /** All entries of an item. Throws StoreUnreadable. */
  async entriesOf(item: ItemPlace, own: ReadonlySet<string>): Promise<PartEntry[]> {
    return (await this.shard(shardOf(item.item_index))).entriesOf(item, own)
  }

  /** A shard as it was when it was asked for first. */
  shard(shard: number): Promise<PartShard> {
    const found = this.#shards.get(shard) ?? listShard({ ...this.#place, shard })
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
