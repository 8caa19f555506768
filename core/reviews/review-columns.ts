/** The columns that an export for reading in a spreadsheet program adds to the answers, and by which an import finds them again. */
import { RequestRefused } from '../errors.ts'
import { sha256 } from '../text/ids.ts'
import { isObject, type Json } from '../text/json.ts'

/** `key` says which answer the row shows, and what stood in the cells beside it: it is not for people, and stays as it is. */
export const reviewColumns = {
  id: 'review_id',
  state: 'review_state',
  comment: 'review_comment',
  key: 'itemwise_review',
} as const

/** The answer of an item in a step. */
export interface RowAnswer {
  pipeline: string
  version: string
  step: number
  root_id: string
  answer_sha256: string
}

/** What a row says besides the answer. */
export interface RowReview extends RowAnswer {
  state: string
  comment: string | null
}

/** What a row that was exported showed. */
export interface RowKey extends Omit<RowAnswer, 'answer_sha256'> {
  state: string
  /** The beginnings of checksums, as far as the key has them. */
  answer: string
  comment: string
}

const answerDigits = 16
const commentDigits = 8

/** `words/v0/2/1f2e3d4c5b6a7988-flagged-0a1b2c3d/4002` */
export function rowKeyText({ pipeline, version, step, root_id, answer_sha256, state, comment }: RowReview): string {
  const shown = [answer_sha256.slice(0, answerDigits), state, commentKey(comment)].join('-')
  return [pipeline, version, step, shown, root_id].join('/')
}

/** Undefined for any other text. */
export function rowKeyIn(text: string): RowKey | undefined {
  const [, pipeline = '', version = '', step, answer = '', state = '', comment = '', root_id = ''] =
    /^([^/]+)\/(v\d+)\/(\d+)\/([0-9a-f]{16})-(\w+)-([0-9a-f]{8})\/(.+)$/s.exec(text) ?? []
  return step === undefined ? undefined : { pipeline, version, step: Number(step), root_id, answer, state, comment }
}

/** Programs change line ends. */
export function commentKey(comment: string | null): string {
  return sha256((comment ?? '').replaceAll(/\r\n?/g, '\n')).slice(0, commentDigits)
}

/** The answer as a row for reading. Throws RequestRefused if it has a field of such a name. */
export function reviewRow(answer: Json, review: RowReview): { [column: string]: Json } {
  const own = isObject(answer) ? answer : { value: answer }
  const clash = Object.values(reviewColumns).find((name) => Object.hasOwn(own, name))
  if (clash !== undefined)
    throw new RequestRefused([
      `The answer of item ${review.root_id} has a field ${clash} of its own, which --review would hide. Give the field another name in the template, or leave --review out.`,
    ])
  return {
    [reviewColumns.id]: review.root_id,
    [reviewColumns.state]: review.state,
    [reviewColumns.comment]: review.comment,
    ...own,
    [reviewColumns.key]: rowKeyText(review),
  }
}
