/** The reviews of a place, or what to do if it keeps none. */
import { RequestRefused } from '../errors.ts'
import type { ReviewBook } from '../review.ts'
import { oneOffs, type Store } from '../store.ts'

/** Throws RequestRefused if the place keeps no reviews, or if the pipeline is that of one-off runs. */
export function reviewBook(store: Store, pipeline: string): ReviewBook {
  if (pipeline === oneOffs)
    throw new RequestRefused([
      'One-off runs are not reviewed: nothing is built on them. Give the request a pipeline_name and run it.',
    ])
  if (store.reviews !== undefined) return store.reviews
  throw new RequestRefused([
    `Reviews are kept on your machine only, not yet on AWS. Fetch the version (\`itemwise pull ${pipeline}\`) and leave --target aws out.`,
  ])
}
