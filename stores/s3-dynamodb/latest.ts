/** The pointer to the latest completed version of a pipeline: it moves forward only, even if several runs publish at once. */

import type { CloudContext } from './context.ts'
import { latestKey, numberOf, versionOf, versionPrefix } from './records.ts'

export async function latestVersion({ table }: CloudContext, pipeline: string): Promise<string | undefined> {
  const version = (await table.get(latestKey(pipeline)))?.latest_version
  return typeof version === 'string' ? version : undefined
}

/** Points at the highest completed version and returns it, or the higher one that another publisher pointed at. Throws StoreUnwritable. */
export async function moveLatest(here: CloudContext, pipeline: string): Promise<string | undefined> {
  const highest = await highestCompleted(here, pipeline)
  if (highest === undefined) return latestVersion(here, pipeline)
  const number = numberOf(highest) ?? 0
  const { done } = await here.table.change(latestKey(pipeline), {
    set: { latest_number: number, latest_version: highest },
    when: { holds: 'attribute_not_exists(#latest_number) OR #latest_number < :latest_number' },
  })
  return done ? highest : latestVersion(here, pipeline)
}

/** The highest version that is completed; undefined if none is. */
export async function highestCompleted({ table }: CloudContext, pipeline: string): Promise<string | undefined> {
  const newestFirst = table.below(pipeline, versionPrefix, {
    ScanIndexForward: false,
    FilterExpression: '#status = :completed',
    ProjectionExpression: '#record',
    ExpressionAttributeNames: { '#status': 'status', '#record': 'record' },
    ExpressionAttributeValues: { ':completed': 'completed' },
  })
  for await (const row of newestFirst) return versionOf(row)
  return undefined
}
