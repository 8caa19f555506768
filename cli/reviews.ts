/** `itemwise reviews <pipeline>` */
import { reviewedItems } from '../core/reviews/step-reviews.ts'
import { jsonText } from '../core/text/json.ts'
import { versionSteps } from '../core/versions/version-steps.ts'
import { findVersion } from '../workspace/find-version.ts'
import { reviewedAnswers } from '../workspace/reviews.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { reviewsText } from './reviews-text.ts'
import type { Terminal } from './terminal.ts'

interface ReviewsFlags extends StoreFlags {
  json?: boolean
  version?: string
}

/** Shows what people said of the answers of a version. Throws RequestRefused. */
export async function reviews([pipeline]: [string], flags: ReviewsFlags, terminal: Terminal): Promise<number> {
  const place = await openPlace(flags, terminal)
  const store = await place.store()
  const { ref } = await findVersion(store, pipeline, flags.version)
  if (flags.json) {
    terminal.out(`${jsonText(await Array.fromAsync(reviewedAnswers(store, ref)), 2)}\n`)
    return 0
  }
  const items = await Array.fromAsync(reviewedItems(store, ref))
  const steps = (await versionSteps(store, ref)).map((step) => ({
    step,
    items: items.filter((item) => item.step === step.step),
  }))
  terminal.out(reviewsText(ref, steps))
  return 0
}
