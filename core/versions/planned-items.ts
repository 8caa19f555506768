/** Reads the plan of an unfinished version, line by line; and whether a lifecycle rule of the bucket has taken it. */
import type { PlanLine, RunDocument } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import { type ByteRange, type Store, stepFiles, type VersionRef } from '../store.ts'
import { lines } from '../text/lines.ts'
import { type PlanRange, RangeItems, type RangeOptions } from './carried-range.ts'

/** The line of a plan that is a text, of an item or of a range of carried ones. Throws RunFailed for one that is torn. */
export function parsePlanText(text: string): PlanLine | PlanRange {
  try {
    return JSON.parse(text) as PlanLine | PlanRange
  } catch (cause) {
    throw new RunFailed(
      'A line of the plan in work/ is torn or is not JSON. Expected one whole JSON object a line. `itemwise doctor --fix` puts such a plan aside, and a resumed run plans again.',
      { cause },
    )
  }
}

/** The items of a plan, in order; those of its ranges come without their content. Throws RunFailed if `needsAll` and one is lost. */
export async function* planItems(store: Store, path: string, options?: RangeOptions): AsyncGenerator<PlanLine> {
  const ranges = new RangeItems(store, path, options)
  try {
    for await (const { text } of lines(store.read(path))) {
      const line = parsePlanText(text)
      if ('carried' in line) yield* ranges.of(line)
      else yield line
    }
  } finally {
    await ranges.close()
  }
}

/** The items of a range of a plan that are to be processed, or those of them that are wanted: the others, which may be a million, are not even parsed. */
export async function* itemsToProcess(
  store: Pick<Store, 'read'>,
  path: string,
  range: ByteRange,
  wanted: (item_index: number) => boolean = () => true,
): AsyncGenerator<PlanLine> {
  for await (const { text } of lines(store.read(path, range))) {
    // Inside a JSON text, quotes are escaped: an item cannot look like this.
    if (!text.includes('"decision":"process"') && text.endsWith('}')) continue
    const index = itsIndex.exec(text)?.[1]
    if (index !== undefined && !wanted(Number(index)) && text.endsWith('}')) continue
    const line = parsePlanText(text)
    if (line.decision === 'process') yield line
  }
}

// The first field of a line; without it the line is parsed.
const itsIndex = /^\{"item_index":(\d+),/

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
