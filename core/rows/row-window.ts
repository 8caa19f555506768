/** Some rows as a person sees them: the line of the ledger, the answer with its long texts cut, and what was said of it. */
import type { LedgerLine } from '../documents.ts'
import type { Reviewed } from '../reviews/reviewed-state.ts'
import { checksumOf } from '../reviews/step-reviews.ts'
import type { Store } from '../store.ts'
import type { Json } from '../text/json.ts'
import { jsonText } from '../text/json.ts'
import { jsonIn } from '../versions/item-id.ts'
import { linesAt } from '../versions/placed-lines.ts'
import type { StepAnswers } from '../versions/step-answers.ts'
import { cutValue } from './cut-value.ts'
import type { StepRows } from './step-rows.ts'

export interface Row {
  line: LedgerLine
  /** The answer's checksum; null without an answer. */
  answer_sha256: string | null
  /** Long texts and lists in it are cut. Null without an answer. */
  answer: Json
  /** Whether anything in it is cut. */
  isCut: boolean
  /** Whether a person changed it in the file. */
  isHandEdited: boolean
  /** `none` without an answer. */
  state: string
  reviewed: Reviewed
}

/** Answers that are read at the same time. */
const atOnce = 8

/** The rows in the order in which they are asked for, as many as have room in `mostBytes`, at least one. */
export async function rowWindow(
  store: Store,
  rows: StepRows,
  { wanted, mostBytes }: { wanted: readonly number[]; mostBytes: number },
): Promise<Row[]> {
  const { table } = rows
  const { ref, step } = table.place
  const ascending = [...wanted].sort((a, b) => a - b)
  const found = await linesAt(store, ref, { step, places: ascending.map((row) => table.lineAt(row)) })
  const lineOf = new Map(ascending.map((row, at) => [row, found[at]!]))
  const reviews = await rows.reviews()
  return untilFull(wanted, mostBytes, async (row) => ({
    ...(await rowOf(lineOf.get(row)!, table)),
    ...{ state: reviews.stateAt(row), reviewed: reviews.at(row) },
  }))
}

/** Rows one after the other, as long as there is room for their answers. */
export async function untilFull<T>(
  wanted: readonly T[],
  mostBytes: number,
  read: (one: T) => Promise<Row>,
): Promise<Row[]> {
  const window: Row[] = []
  let room = mostBytes
  for (let at = 0; at < wanted.length; at += atOnce)
    for (const row of await Promise.all(wanted.slice(at, at + atOnce).map(read))) {
      room -= jsonText(row.answer).length
      if (room < 0 && window.length > 0) return window
      window.push(row)
    }
  return window
}

/** A line with its answer, before anything is known of what people said of it. */
export async function rowOf(
  line: LedgerLine,
  { answers, isText }: { answers: StepAnswers; isText: boolean },
): Promise<Omit<Row, 'state' | 'reviewed'>> {
  const { answer, edited } = await answers.see(line)
  if (answer === null) return { line, answer_sha256: null, answer: null, isCut: false, isHandEdited: edited }
  const { value, isCut } = cutValue(isText ? answer : (jsonIn(answer) ?? answer))
  return { line, answer_sha256: await checksumOf(line, answers), answer: value, isCut, isHandEdited: edited }
}
