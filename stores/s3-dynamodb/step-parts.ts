/** What is kept of one step of one version, shard by shard. */
import type { ItemPlace, KeptItem, VersionRef } from '../../core/store.ts'
import { TextRoom, withTexts } from './entry-texts.ts'
import type { Objects } from './objects.ts'
import { type Merged, merged, type PartEntry } from './part-entries.ts'
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

  /** What is known of an item, with texts that are not in memory: those of its objects, or else of the parts as they are now. Throws StoreUnreadable. */
  async withTexts(item: ItemPlace, found: Merged & { kept: KeptItem }, withPrompt: boolean): Promise<Merged> {
    const kept = withPrompt ? undefined : await withTexts(this.#place, found.kept)
    if (kept !== undefined) return { ...found, kept }
    const room = new TextRoom(Number.POSITIVE_INFINITY)
    const listed = await listShard({ ...this.#place, shard: shardOf(item.item_index), room })
    const { kept: whole = found.kept, prompt = null } = merged(await listed.entriesOf(item, new Set())) ?? {}
    return { ...found, kept: whole, prompt }
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
