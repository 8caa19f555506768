/** An act as it is kept and handed over: one JSON object on a line, with fields of a newer Itemwise too. */
import { type Review, review } from '../review.ts'
import { jsonText, parseJson } from '../text/json.ts'

const withUnknownFields = review.loose()

export function actLine(act: Review): string {
  return `${jsonText(act)}\n`
}

/** Undefined if the line is no act. */
export function actIn(line: string): Review | undefined {
  try {
    return withUnknownFields.safeParse(parseJson(line)).data
  } catch {
    return undefined
  }
}
