/** An act as it is kept and handed over: one JSON object on a line. */
import { type Review, review } from '../review.ts'

export function actLine(act: Review): string {
  return `${JSON.stringify(act)}\n`
}

/** Undefined if the line is no act. */
export function actIn(line: string): Review | undefined {
  try {
    return review.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
