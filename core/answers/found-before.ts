/** What a version already holds of an item that it comes to: an answer, a failure, or a reply that nothing has judged. */
import type { PlanLine } from '../documents.ts'
import type { KeptItem, KeptSoFar, RawReply } from '../store.ts'
import type { Prepared } from '../templates/prepare-item.ts'

/** The answer that is kept of an item, or its failure in this very run; null where it is to be asked for. */
export function settledBefore(
  found: KeptSoFar | undefined,
  { line, fingerprint }: { line: PlanLine; fingerprint: string | null },
): KeptItem | null {
  const before = found?.kept
  if (!before || before.line.fingerprint !== fingerprint || before.line.item_id !== line.item_id) return null
  return before.line.state === 'answered' || found.hadItsTurn ? before : null
}

/** The reply that came to this very question and was never judged. */
export function unjudgedBefore(found: KeptSoFar | undefined, { fingerprint }: Prepared): RawReply | null {
  const unjudged = found?.unjudged ?? null
  return unjudged?.fingerprint === fingerprint ? unjudged : null
}
