/** The reviews of a place. One-off runs have none. */
import { RequestRefused } from '../errors.ts'
import type { ReviewBook } from '../review.ts'
import { oneOffs, type Store } from '../store.ts'

/** Throws RequestRefused if the pipeline is that of one-off runs. */
export function reviewBook(store: Store, pipeline: string): ReviewBook {
  if (pipeline === oneOffs)
    throw new RequestRefused([
      'One-off runs are not reviewed: nothing is built on them. Give the request a pipeline_name and run it.',
    ])
  return store.reviews
}
