/**
 * The reviews of a pipeline: a partition of the table, in which all acts that are added together are one record, so that all of them are kept or
 * none. Records are only ever added. Their numbers, each given once, are their order.
 */
import { RunFailed } from '../../core/errors.ts'
import { longReviewsPath, type Review, type ReviewBook } from '../../core/review.ts'
import { actIn, actLine } from '../../core/reviews/act-line.ts'
import { lines } from '../../core/text/lines.ts'
import { tryingAgain } from './aws-errors.ts'
import type { CloudContext } from './context.ts'
import { mostRecordBytes, reviewCountKey, reviewPrefix, reviewsKey, reviewsPartition } from './records.ts'
import { readObject } from './stream-down.ts'
import type { Table, TableRow } from './table.ts'

export function tableReviews({ objects, table }: Pick<CloudContext, 'objects' | 'table'>): ReviewBook {
  return {
    add: async (pipeline, acts) => {
      const text = acts.map(actLine).join('')
      if (text === '') return
      await tryingAgain(async () => {
        const number = await nextNumber(table, pipeline)
        const isLong = Buffer.byteLength(text) > mostRecordBytes
        const path = longReviewsPath(pipeline, number)
        // First: a record is never there without its acts.
        if (isLong) await objects.put(path, text)
        await table.change(reviewsKey(pipeline, number), { set: isLong ? { acts_file: path } : { acts: text } })
      })
    },
    all: async function* (pipeline) {
      for await (const row of table.below(reviewsPartition(pipeline), reviewPrefix))
        yield* actsOf(row, typeof row.acts_file === 'string' ? readObject(objects, row.acts_file) : bytesOf(row.acts))
    },
  }
}

/** Also if the request is carried out twice nobody else gets the number: then one is left out. */
async function nextNumber(table: Table, pipeline: string): Promise<number> {
  const changed = await table.change(reviewCountKey(pipeline), { add: { additions: 1 } })
  if (changed.done) return Number(changed.row.additions)
  throw new Error('A change without a condition was refused.')
}

async function* bytesOf(acts: unknown): AsyncGenerator<Uint8Array> {
  yield Buffer.from(String(acts))
}

/** Throws RunFailed for an act that cannot be read. */
async function* actsOf({ pipeline, record }: TableRow, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Review> {
  for await (const { text } of lines(bytes)) {
    const act = actIn(text)
    if (act === undefined)
      throw new RunFailed(
        `A review cannot be read (the record ${record} of ${pipeline} in the table). Expected one whole JSON object a line in its field acts, as it was written, or a newer Itemwise. Put it back as it was, or remove the record: then nobody said it.`,
      )
    yield act
  }
}
