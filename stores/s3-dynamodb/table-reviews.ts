/**
 * The reviews of a pipeline: a partition of the table, in which all acts that are added together are one record, so that all of them are kept or
 * none. Records are only ever added. Their numbers, each given once, are their order.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { longReviewsPath, type Review, type ReviewBook } from '../../core/review.ts'
import { actsNotIn } from '../../core/reviews/act-hash.ts'
import { actLine } from '../../core/reviews/act-line.ts'
import { sha256 } from '../../core/text/ids.ts'
import { tryingAgain } from './aws-errors.ts'
import type { CloudContext } from './context.ts'
import { highestIn, newReviews } from './new-reviews.ts'
import { mostRecordBytes, reviewCountKey, reviewPrefix, reviewsKey, reviewsPartition } from './records.ts'
import { actsOfRow } from './review-rows.ts'
import type { Table, TableRow } from './table.ts'

export function tableReviews(here: Pick<CloudContext, 'objects' | 'table'>): ReviewBook {
  const { objects, table } = here
  const all = async function* (pipeline: string): AsyncGenerator<Review> {
    for await (const row of table.below(reviewsPartition(pipeline), reviewPrefix)) yield* actsOfRow(objects, row)
  }
  return {
    all,
    since: (pipeline, mark) => newReviews(here, pipeline, mark),
    add: async (pipeline, acts) => {
      if (acts.length === 0) return
      await tryingAgain(async () => {
        const number = await nextNumber(table, pipeline)
        const set = await kept(here, { pipeline, number }, acts)
        await table.change(reviewsKey(pipeline, number), { set })
      })
    },
    addAfter: async (pipeline, mark, acts) => {
      const before = await numberIfNewest(here, pipeline, mark)
      return before !== undefined && tryingAgain(() => addedAfter(here, { pipeline, before }, acts))
    },
    merge: async (pipeline, acts) => {
      for (;;) {
        // Before the acts are read: whoever adds meanwhile has moved it on.
        const before = Number((await table.get(reviewCountKey(pipeline)))?.additions ?? 0)
        const fresh = await actsNotIn(all(pipeline), acts)
        if (fresh.length === 0 || (await tryingAgain(() => addedAfter(here, { pipeline, before }, fresh))))
          return fresh.length
      }
    },
  }
}

/** A record is written so many milliseconds after its number is taken, at most; if not, whoever took it was killed. */
const patienceMs = 3000

/** The number of the last addition, if nobody has added anything since a mark was given. Whoever is adding is waited for. */
async function numberIfNewest(
  here: Pick<CloudContext, 'objects' | 'table'>,
  pipeline: string,
  mark: string,
): Promise<number | undefined> {
  for (const until = Date.now() + patienceMs; ; await wait(100)) {
    const taken = Number((await here.table.get(reviewCountKey(pipeline)))?.additions ?? 0)
    const since = await newReviews(here, pipeline, mark)
    if (since === undefined || since.acts.length > 0) return undefined
    if (taken === highestIn(mark) || Date.now() > until) return taken
  }
}

/** False if somebody has added something since; what of this lies in the bucket stays there, and nothing names it. */
async function addedAfter(
  here: Pick<CloudContext, 'objects' | 'table'>,
  { pipeline, before }: { pipeline: string; before: number },
  acts: readonly Review[],
): Promise<boolean> {
  const number = before + 1
  const set = await kept(here, { pipeline, number: number }, acts)
  const holds = before === 0 ? 'attribute_not_exists(#additions)' : '#additions = :before'
  const when = { holds, ...(before === 0 ? {} : { values: { before } }) }
  return here.table.together([
    { key: reviewCountKey(pipeline), change: { set: { additions: number }, when } },
    { key: reviewsKey(pipeline, number), change: { set } },
  ])
}

/** The fields of a record with these acts. Many of them are put into the bucket, before any record names them. */
async function kept(
  { objects }: Pick<CloudContext, 'objects'>,
  { pipeline, number }: { pipeline: string; number: number },
  acts: readonly Review[],
): Promise<TableRow> {
  const text = acts.map(actLine).join('')
  if (Buffer.byteLength(text) <= mostRecordBytes) return { acts: text }
  const acts_file = longReviewsPath(pipeline, number, sha256(text))
  await objects.put(acts_file, text)
  return { acts_file }
}

/** Also if the request is carried out twice nobody else gets the number: then one is left out. */
async function nextNumber(table: Table, pipeline: string): Promise<number> {
  const changed = await table.change(reviewCountKey(pipeline), { add: { additions: 1 } })
  if (changed.done) return Number(changed.row.additions)
  throw new Error('A change without a condition was refused.')
}
