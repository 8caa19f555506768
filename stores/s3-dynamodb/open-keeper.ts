/** Opens a batch for keeping: says that a session begins, and finds again what one that was killed had kept. */
import type { Batch } from '../../core/documents.ts'
import { type ItemPlace, stepFiles } from '../../core/store.ts'
import { lines } from '../../core/text/lines.ts'
import { parsePlanLine } from '../../core/versions/planned-items.ts'
import { CloudKeeper, type KeeperTools } from './keeper.ts'
import { merged, type PartEntry, partLine } from './part-entries.ts'
import { bucketFolder, bucketOf, partName } from './part-names.ts'
import { spanOf } from './session.ts'
import type { StepParts, StepPlace } from './step-parts.ts'
import { readObject } from './stream-down.ts'

export interface Opening extends Omit<KeeperTools, 'shares'> {
  batch: Batch | undefined
  /** A ULID before the session's, for what is found again. */
  earlier: string
}

/** Throws StoreUnwritable, StoreUnreadable. */
export async function openKeeper({ batch, earlier, ...tools }: Opening): Promise<CloudKeeper> {
  const shares = batch === undefined ? null : await sharesOf(tools.place, batch)
  const keeper = new CloudKeeper({ ...tools, shares })
  const own = new Set([tools.session])
  const foundAgain = [...(shares ?? [])].map(([bucket, items]) =>
    findAgain(tools.place, { parts: tools.parts, bucket, items, own, earlier }),
  )
  await Promise.all([keeper.begin(), ...foundAgain])
  await Promise.all([...(shares?.values() ?? [])].flat().map((item) => writeLeft(keeper, item, own)))
  return keeper
}

/** The batch's items to process, by their buckets. */
async function sharesOf(
  { objects, ref, step }: StepPlace,
  { bytes, process }: Batch,
): Promise<Map<number, ItemPlace[]>> {
  const items: ItemPlace[] = []
  if (process === 0) return new Map()
  for await (const { text } of lines(readObject(objects, stepFiles(ref, step).plan, bytes))) {
    const { decision, item_index, segment } = parsePlanLine(text)
    if (decision === 'process') items.push({ item_index, segment })
  }
  return Map.groupBy(items, ({ item_index }) => bucketOf(item_index))
}

interface Share {
  parts: StepParts
  bucket: number
  items: ItemPlace[]
  own: ReadonlySet<string>
  earlier: string
}

/** Looks at the objects of the batch's items where a session did not come to an end, and makes a part of what only they tell. */
async function findAgain(
  { objects, ref, step }: StepPlace,
  { parts, bucket, items, own, earlier }: Share,
): Promise<void> {
  const listed = await parts.bucket(bucket)
  const span = spanOf(items)
  await listed.read(span)
  const looked = await Promise.all(items.map((item) => listed.look(item, own)))
  const found: PartEntry[] = looked.filter((entry) => entry !== undefined)
  if (found.length === 0) return
  const key = `${bucketFolder(ref, step, bucket)}/${partName(span, earlier)}`
  await objects.put(key, found.map(partLine).join(''))
}

/** An answer that is kept gets the files that could not be written then. */
async function writeLeft(keeper: CloudKeeper, item: ItemPlace, own: ReadonlySet<string>): Promise<void> {
  const left = merged(await keeper.parts.entriesOf(item, own))?.unwritten
  if (left) await keeper.putItem(left)
}
