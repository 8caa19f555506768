/** An address that has no message batches, as with some gateways, is found out before a version is begun. */
import { RequestRefused } from '../../errors.ts'
import { BatchCallFailed } from '../../message-batches.ts'
import type { Model } from '../../model.ts'

/** Throws RequestRefused if the API's address has no message batches. What else is wrong the run meets itself. */
export async function refuseWithoutBatches({ batches }: Pick<Model, 'batches'>, halt: AbortSignal): Promise<void> {
  try {
    for await (const _ of batches?.list(halt) ?? []) return
  } catch (error) {
    if (!(error instanceof BatchCallFailed) || !error.isNotFound) return
    throw new RequestRefused(
      [
        `There are no message batches at the address that is asked (${error.message}), so nothing was started. Leave --half-price (delivery: batch) out, or ask the API itself: ANTHROPIC_BASE_URL.`,
      ],
      { cause: error },
    )
  }
}
