/** Opens a chunk for keeping: says that a session begins, and recovers what a killed session had kept. */
import type { Chunk } from '../../core/documents.ts'
import { type ByteRange, type ItemPlace, stepFiles } from '../../core/store.ts'
import { itemsToProcess } from '../../core/versions/planned-items.ts'
import { CloudKeeper, type KeeperTools } from './answer-keeper.ts'
import { bytesOf, mostTextBytes } from './entry-texts.ts'
import { merged, type PartEntry } from './part-entries.ts'
import { shardOf } from './part-names.ts'
import { putPart, spanOf } from './session.ts'
import type { StepParts, StepPlace } from './step-parts.ts'
import { readObject } from './stream-down.ts'

export interface KeeperOpening extends Omit<KeeperTools, 'shares'> {
  chunk: Chunk | undefined
  /** A ULID before the session's, for what is found again. */
  earlier: string
}

/** Throws StoreUnwritable, StoreUnreadable. */
export async function openKeeper({ chunk, earlier, ...tools }: KeeperOpening): Promise<CloudKeeper> {
  const shares = chunk === undefined ? null : await sharesOf(tools.place, chunk)
  const keeper = new CloudKeeper({ ...tools, shares })
  const own = new Set([tools.session])
  const foundAgain = [...(shares ?? [])].map(([shard, items]) =>
    findAgain(tools.place, { parts: tools.parts, shard, items, own, earlier }),
  )
  await Promise.all([keeper.begin(), ...foundAgain])
  await Promise.all([...(shares?.values() ?? [])].flat().map((item) => writeLeft(keeper, item, own)))
  return keeper
}

/** The chunk's items to process, by their shards. */
async function sharesOf(
  { objects, ref, step }: StepPlace,
  { bytes, process }: Chunk,
): Promise<Map<number, ItemPlace[]>> {
  const items: ItemPlace[] = []
  if (process === 0) return new Map()
  const read = (path: string, range?: ByteRange) => readObject(objects, path, range)
  for await (const { item_index, segment } of itemsToProcess({ read }, stepFiles(ref, step).plan, bytes))
    items.push({ item_index, segment })
  return Map.groupBy(items, ({ item_index }) => shardOf(item_index))
}

/** Objects of items that are read side by side: with their texts, as long as they are not in a part. */
const looksAtOnce = 50

interface Share {
  parts: StepParts
  shard: number
  items: ItemPlace[]
  own: ReadonlySet<string>
  earlier: string
}

/** If a session did not end, looks at the objects of the chunk's items and makes parts of what only they tell. */
async function findAgain(place: StepPlace, { parts, shard, items, own, earlier }: Share): Promise<void> {
  const listed = await parts.shard(shard)
  await listed.read(spanOf(items))
  let found: PartEntry[] = []
  for (let at = 0; at < items.length; at += looksAtOnce) {
    const looked = await Promise.all(items.slice(at, at + looksAtOnce).map((item) => listed.look(item, own)))
    found.push(...looked.filter((entry) => entry !== undefined))
    if (found.reduce((sum, entry) => sum + bytesOf(entry), 0) < mostTextBytes) continue
    await putPart(place, { shard, session: earlier, entries: found })
    found = []
  }
  if (found.length > 0) await putPart(place, { shard, session: earlier, entries: found })
}

/** Writes the files of a kept answer that could not be written before. */
async function writeLeft(keeper: CloudKeeper, item: ItemPlace, own: ReadonlySet<string>): Promise<void> {
  const left = merged(await keeper.parts.entriesOf(item, own))?.unwritten
  if (left) await keeper.putItem(left)
}
