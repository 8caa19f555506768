/** Reads the plan of an unfinished version, line by line; and whether a lifecycle rule of the bucket has taken it. */
import type { PlanLine, RunDocument } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import { type ByteRange, type Store, stepFiles, type VersionRef } from '../store.ts'
import { lines } from '../text/lines.ts'

/** A plan line of a text. Throws RunFailed for one that is torn. */
export function parsePlanLine(text: string): PlanLine {
  try {
    return JSON.parse(text) as PlanLine
  } catch (cause) {
    throw new RunFailed(
      'A line of the plan in work/ is torn or is not JSON. Expected one whole JSON object a line. `itemwise doctor --fix` puts such a plan aside, and a resumed run plans again.',
      { cause },
    )
  }
}

/** The items of a plan, or of a range of whole lines of it. */
export async function* planItems(store: Store, path: string, range?: ByteRange): AsyncGenerator<PlanLine> {
  for await (const { text } of lines(store.read(path, range))) yield parsePlanLine(text)
}

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
