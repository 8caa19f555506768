/** Removes a version on AWS: its records first, so that nobody finds it any more, then its files. */
import { tombstonePath, type VersionRef, versionFolder } from '../../core/store.ts'
import { claimsOf } from './claim.ts'
import type { CloudContext } from './context.ts'
import { highestCompleted } from './latest.ts'
import { latestKey, numberOf, spendAccountKey, stateKey, versionKey, versionPrefix } from './records.ts'

/** Whether a version of this name was removed: then its name is not given again, even if the table is a new one. */
export async function wasRemoved({ objects }: Pick<CloudContext, 'objects'>, ref: VersionRef): Promise<boolean> {
  return (await objects.size(tombstonePath(ref))) !== undefined
}

/** Nothing if it is gone already. Throws StoreUnwritable. */
export async function removeVersion(here: CloudContext, ref: VersionRef): Promise<void> {
  const { table, objects } = here
  const pointer = await table.get(latestKey(ref.pipeline))
  await table.remove([versionKey(ref), stateKey(ref), spendAccountKey(ref), ...(await claimsOf(here, ref))])
  if (pointer?.latest_version === ref.version) await moveLatestBack(here, ref)
  await unlistEmpty(here, ref.pipeline, pointer?.next_number)
  await objects.removeBelow(versionFolder(ref))
}

/** To the highest version that is completed, unless somebody moved it on in the meantime. */
async function moveLatestBack(here: CloudContext, { pipeline, version }: VersionRef): Promise<void> {
  const highest = await highestCompleted(here, pipeline)
  const when = { holds: '#latest_version = :was', values: { was: version } }
  const change =
    highest === undefined
      ? { remove: ['latest_version', 'latest_number'], when }
      : { set: { latest_version: highest, latest_number: numberOf(highest) ?? 0 }, when }
  await here.table.change(latestKey(pipeline), change)
}

/** A pipeline without versions is listed no longer, unless one is begun at this moment: that took a number. */
async function unlistEmpty({ table }: CloudContext, pipeline: string, next: unknown): Promise<void> {
  if (next === undefined) return
  for await (const _ of table.below(pipeline, versionPrefix)) return
  await table.change(latestKey(pipeline), {
    remove: ['listed'],
    when: { holds: '#next_number = :was', values: { was: next } },
  })
}
