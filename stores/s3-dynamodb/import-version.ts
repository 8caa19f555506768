/** Imports a version that was made elsewhere: it appears on AWS under the same name. */
import type { Metadata } from '../../core/documents.ts'
import { RequestRefused } from '../../core/errors.ts'
import { reservedBeginning, type VersionRef, versionFolder } from '../../core/store.ts'
import { cloudContext } from './context.ts'
import { moveLatest } from './latest.ts'
import type { CloudPlace } from './options.ts'
import { fieldsOf, latestKey, numberOf, versionKey } from './records.ts'
import { wasRemoved } from './remove-version.ts'

/** Refuses a pipeline whose records would be taken for others of the table. Throws RequestRefused. */
export function refuseReserved({ pipeline }: VersionRef): void {
  const beginning = reservedBeginning(pipeline)
  if (beginning === undefined) return
  throw new RequestRefused([
    `${pipeline} cannot be a pipeline on AWS: ${beginning} stands for other records in the table. Nothing was sent.`,
  ])
}

/**
 * Its files are in the bucket already: now its record is made, its number is taken, and `latest` moves if it is the highest
 * completed one. Throws RequestRefused if a version of that name is there, StoreUnwritable.
 */
export async function recordVersion(place: CloudPlace, ref: VersionRef, metadata: Metadata): Promise<void> {
  refuseReserved(ref)
  const here = cloudContext(place, {})
  if (await wasRemoved(here, ref))
    throw new RequestRefused([`${versionFolder(ref)} was removed on AWS, and its number is not used again.`])
  const number = numberOf(ref.version) ?? 0
  const latest = latestKey(ref.pipeline)
  await here.table.change(latest, {
    set: { next_number: number + 1 },
    // Whoever took the number before must not give it back, nor find in it its own.
    remove: ['taken_by'],
    when: { holds: 'attribute_not_exists(#next_number) OR #next_number <= :mine', values: { mine: number } },
  })
  const appeared = await here.table.together([
    { key: versionKey(ref), change: { set: fieldsOf(metadata), when: { holds: 'attribute_not_exists(#record)' } } },
    { key: latest, change: { set: { listed: 'pipeline' } } },
  ])
  if (!appeared) throw new RequestRefused([`${versionFolder(ref)} is there already, and was not overwritten.`])
  await moveLatest(here, ref.pipeline)
}
