/** What came of a message batch besides the replies, which are kept at once. */
import type { ResolvedStep } from '../../documents.ts'
import type { ItemFailed, ModelUnavailable } from '../../errors.ts'
import { NumberSet } from '../../text/number-set.ts'
import type { BatchRecord } from '../../versions/message-batches.ts'

export class BatchOutcome {
  /** Requests that have a result. */
  readonly seen = new NumberSet()
  readonly failures = new Map<number, ItemFailed>()
  /** Those that answer another prompt than the item has now. */
  others = 0
  readonly again = { expired: 0, canceled: 0, server: 0 }
  ends: ModelUnavailable | null = null
  /** USD; null if a reply does not say. */
  cost: number | null = 0
}

/** A sentence for the person and the log. */
export function collectedText(
  step: ResolvedStep,
  { number, requests }: BatchRecord,
  { seen, failures, again, others }: BatchOutcome,
): string {
  const { expired, canceled, server } = again
  const left = [
    expired > 0 ? `${expired} expired` : '',
    canceled > 0 ? `${canceled} were cancelled` : '',
    server > 0 ? `${server} met an error of the API` : '',
    failures.size > 0 ? `${failures.size} failed` : '',
    others > 0 ? `${others} answer other prompts than the version has now` : '',
  ].filter(Boolean)
  const answered = seen.size - failures.size - others - expired - canceled - server
  return `Step ${step.step} (${step.prompt_name}): message batch ${number} has ended, ${answered} of ${requests} answered${left.map((text) => `, ${text}`).join('')}.`
}
