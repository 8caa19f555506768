/**
 * Which acts were added to a pipeline's reviews since a process last looked. A number may be taken before the record of a lower one is written,
 * so a mark names the numbers below it that were not there.
 */
import { RunFailed } from '../../core/errors.ts'
import type { Review } from '../../core/review.ts'
import type { CloudContext } from './context.ts'
import { reviewNumber, reviewsKey, reviewsPartition } from './records.ts'
import { actsOfRow } from './review-rows.ts'
import type { TableRow } from './table.ts'

/** A record is written within seconds of its number; one so far below never comes. */
const mostBehind = 100

interface Mark {
  highest: number
  missing: number[]
}

/** The acts behind a mark, and the mark of now. Undefined if one cannot be read: whoever reads all of them says which one. */
export async function newReviews(
  here: Pick<CloudContext, 'objects' | 'table'>,
  pipeline: string,
  mark: string | null,
): Promise<{ acts: Review[]; mark: string } | undefined> {
  const before = markIn(mark)
  if (before === undefined) return undefined
  const rows = await rowsSince(here, pipeline, before)
  const found = new Set(rows.map(reviewNumber))
  const highest = rows.reduce((most, row) => Math.max(most, reviewNumber(row)), before.highest)
  const behind = Array.from({ length: highest - before.highest }, (_, at) => before.highest + 1 + at)
  const missing = [...before.missing, ...behind].filter((number) => !found.has(number) && number > highest - mostBehind)
  try {
    const acts: Review[] = []
    for (const row of rows) acts.push(...(await Array.fromAsync(actsOfRow(here.objects, row))))
    return { acts, mark: JSON.stringify({ highest, missing }) }
  } catch (error) {
    if (error instanceof RunFailed) return undefined
    throw error
  }
}

async function rowsSince(
  { table }: Pick<CloudContext, 'table'>,
  pipeline: string,
  { highest, missing }: Mark,
): Promise<TableRow[]> {
  const late = await Promise.all(missing.map((number) => table.get(reviewsKey(pipeline, number))))
  const [first, last] = [highest + 1, Number.MAX_SAFE_INTEGER].map((number) => reviewsKey(pipeline, number).record)
  const newer = await Array.fromAsync(
    table.below(reviewsPartition(pipeline), '', {
      KeyConditionExpression: '#pipeline = :pipeline AND #record BETWEEN :first AND :last',
      ExpressionAttributeNames: { '#record': 'record' },
      ExpressionAttributeValues: { ':first': first, ':last': last },
    }),
  )
  return [...late.filter((row) => row !== undefined), ...newer]
}

/** The number of the last addition that a mark knows. */
export function highestIn(mark: string): number | undefined {
  return markIn(mark)?.highest
}

function markIn(mark: string | null): Mark | undefined {
  try {
    return mark === null ? { highest: 0, missing: [] } : JSON.parse(mark)
  } catch {
    return undefined
  }
}
