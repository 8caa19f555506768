/** What is kept of one step of one version, bucket by bucket. */
import type { ItemPlace, VersionRef } from '../../core/store.ts'
import type { Objects } from './objects.ts'
import type { PartEntry } from './part-entries.ts'
import { bucketOf } from './part-names.ts'
import { listBucket, type PartBucket } from './part-shard.ts'

export interface StepPlace {
  objects: Objects
  ref: VersionRef
  step: number
}

export class StepParts {
  readonly #place: StepPlace
  readonly #most: number
  /** The one that was used last comes last. */
  readonly #buckets = new Map<number, Promise<PartBucket>>()

  /** `mostBuckets`: how many are held in memory. */
  constructor(place: StepPlace, mostBuckets: number) {
    this.#place = place
    this.#most = mostBuckets
  }

  /** All entries of an item. Throws StoreUnreadable. */
  async entriesOf(item: ItemPlace, own: ReadonlySet<string>): Promise<PartEntry[]> {
    return (await this.bucket(bucketOf(item.item_index))).entriesOf(item, own)
  }

  /** A bucket as it was when it was asked for first. */
  bucket(bucket: number): Promise<PartBucket> {
    const found = this.#buckets.get(bucket) ?? listBucket({ ...this.#place, bucket })
    this.#buckets.delete(bucket)
    this.#buckets.set(bucket, found)
    found.catch(() => this.#buckets.delete(bucket))
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= this.#most) break
      this.#buckets.delete(oldest)
    }
    return found
  }
}
