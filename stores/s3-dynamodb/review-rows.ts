/** The acts of one record of a pipeline's reviews. */
import { RunFailed } from '../../core/errors.ts'
import type { Review } from '../../core/review.ts'
import { actIn } from '../../core/reviews/act-line.ts'
import { lines } from '../../core/text/lines.ts'
import type { Objects } from './objects.ts'
import { readObject } from './stream-down.ts'
import type { TableRow } from './table.ts'

/** Throws RunFailed for an act that cannot be read. */
export async function* actsOfRow(objects: Objects, row: TableRow): AsyncGenerator<Review> {
  const bytes = typeof row.acts_file === 'string' ? readObject(objects, row.acts_file) : bytesOf(row.acts)
  for await (const { text } of lines(bytes)) {
    const act = actIn(text)
    if (act === undefined)
      throw new RunFailed(
        `A review cannot be read (the record ${row.record} of ${row.pipeline} in the table). Expected one whole JSON object a line in its field acts, as it was written, or a newer Itemwise. Put it back as it was, or remove the record: then nobody said it.`,
      )
    yield act
  }
}

async function* bytesOf(acts: unknown): AsyncGenerator<Uint8Array> {
  yield Buffer.from(String(acts))
}
