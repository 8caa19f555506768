/** What an unfinished version needs to be resumed: its plan and journal, which a bucket's lifecycle rule may have taken. */
import type { RunDocument } from '../documents.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'

/** Whether a step that was worked on no longer has a plan: if it were resumed, all of it would be asked for and paid for again. */
export async function isWorkGone(
  store: Store,
  ref: VersionRef,
  { steps }: Pick<RunDocument, 'steps'>,
): Promise<boolean> {
  for (const { step } of steps) {
    const { ledger, plan } = stepFiles(ref, step)
    if ((await store.size(ledger)) !== undefined && (await store.size(plan)) === undefined) return true
  }
  return false
}
