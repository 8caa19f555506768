/** What a version already keeps of an item: an answer, a failure, or a reply that has not been judged. */
import type { PlanLine } from '../documents.ts'
import type { KeptItem, KeptSoFar, RawReply } from '../store.ts'
import type { Prepared } from '../templates/prepare-item.ts'

/** The answer kept of an item, or its failure if that stands, as in this very run; null if the item must be asked for. */
export function settledBefore(
  found: KeptSoFar | undefined,
  { line, fingerprint, failuresStand = false }: { line: PlanLine; fingerprint: string | null; failuresStand?: boolean },
): KeptItem | null {
  const before = found?.kept
  if (!before || before.line.fingerprint !== fingerprint || before.line.item_id !== line.item_id) return null
  return before.line.state === 'answered' || failuresStand || found.hadItsTurn ? before : null
}

/** The reply to this very question that was never judged. */
export function unjudgedBefore(found: KeptSoFar | undefined, { fingerprint }: Prepared): RawReply | null {
  const unjudged = found?.unjudged ?? null
  return unjudged?.fingerprint === fingerprint ? unjudged : null
}
