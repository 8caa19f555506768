/** Opens a chunk for keeping: says that a session begins, and recovers what a killed session had kept. */
import type { Chunk } from '../../core/documents.ts'
import { type ItemPlace, stepFiles } from '../../core/store.ts'
import { lines } from '../../core/text/lines.ts'
import { parsePlanText } from '../../core/versions/planned-items.ts'
import { CloudKeeper, type KeeperTools } from './keeper.ts'
import { merged, type PartEntry, partLine } from './part-entries.ts'
import { partName, shardFolder, shardOf } from './part-names.ts'
import { spanOf } from './session.ts'
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
  for await (const { text } of lines(readObject(objects, stepFiles(ref, step).plan, bytes))) {
    const { decision, item_index, segment } = parsePlanText(text)
    if (decision === 'process') items.push({ item_index, segment })
  }
  return Map.groupBy(items, ({ item_index }) => shardOf(item_index))
}

interface Share {
  parts: StepParts
  shard: number
  items: ItemPlace[]
  own: ReadonlySet<string>
  earlier: string
}

/** If a session did not end, looks at the objects of the chunk's items and makes a part of what only they tell. */
async function findAgain(
  { objects, ref, step }: StepPlace,
  { parts, shard, items, own, earlier }: Share,
): Promise<void> {
  const listed = await parts.shard(shard)
  const span = spanOf(items)
  await listed.read(span)
  const looked = await Promise.all(items.map((item) => listed.look(item, own)))
  const found: PartEntry[] = looked.filter((entry) => entry !== undefined)
  if (found.length === 0) return
  const key = `${shardFolder(ref, step, shard)}/${partName(span, earlier)}`
  await objects.put(key, found.map(partLine).join(''))
}

/** Writes the files of a kept answer that could not be written before. */
async function writeLeft(keeper: CloudKeeper, item: ItemPlace, own: ReadonlySet<string>): Promise<void> {
  const left = merged(await keeper.parts.entriesOf(item, own))?.unwritten
  if (left) await keeper.putItem(left)
}
