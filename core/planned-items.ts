/** Reads a plan that is written, line by line. */
import type { PlanLine } from './documents.ts'
import { lines } from './lines.ts'
import type { ByteRange, Store } from './store.ts'

/** A plan line of a text. */
export function parsePlanLine(text: string): PlanLine {
  return JSON.parse(text) as PlanLine
}

/** The items of a plan, or of a range of whole lines of it. */
export async function* planItems(store: Store, path: string, range?: ByteRange): AsyncGenerator<PlanLine> {
  for await (const { text } of lines(store.read(path, range))) yield parsePlanLine(text)
}
