/** Reads a plan that is written, line by line. */
import type { PlanLine } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import type { ByteRange, Store } from '../store.ts'
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
