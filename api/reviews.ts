/** The routes of reviews: what people said of the answers of a step, and saying something. */
import type * as z from 'zod'
import { RequestRefused } from '../core/errors.ts'
import { addReviewsAfter } from '../core/reviews/make-reviews.ts'
import { rowWindow } from '../core/rows/row-window.ts'
import type { StepRows } from '../core/rows/step-rows.ts'
import type { Store } from '../core/store.ts'
import { isObject, type Json, parseJson } from '../core/text/json.ts'
import { someOf } from '../core/text/nearest.ts'
import type { Call } from './call.ts'
import type { Ports } from './ports.ts'
import { HttpProblem } from './problem.ts'
import {
  type addedReviews,
  chosenBody,
  editBody,
  namedBody,
  type reviewPage,
  type session,
} from './review-documents.ts'
import { mostRows, type Standing, usualRows } from './row-documents.ts'
import { rowQuery } from './row-query.ts'
import { rowsOfCall } from './rows.ts'
import { standingOf } from './standing.ts'

/** Answers of a step of which somebody said something. */
export async function listReviews({ store, tables }: Ports, call: Call): Promise<z.infer<typeof reviewPage>> {
  const [from, limit] = [call.count('from') ?? 0, call.number('limit', mostRows) ?? usualRows]
  const { rows, about } = await rowsOfCall({ store, tables }, call)
  const said = (await rows.reviews()).rows
  const found = await standingsOf(store, rows, said.slice(from, from + limit))
  return { ...about, reviews: found, total: said.length, from }
}

/** Says something of answers: of all of them or, if one is not the answer that was meant, of none. */
export async function sayReviews(ports: Ports, call: Call): Promise<z.infer<typeof addedReviews>> {
  const { store, tables } = ports
  const body = await bodyOf(call)
  if (body.act === 'comment' && !body.comment?.trim())
    throw new RequestRefused(['The act is comment, but there is no comment. Expected comment: "Ask the teacher".'])
  const by = reviewerOf(ports, call, body.by)
  const { rows, about, ref, step } = await rowsOfCall(ports, call)
  const { act, comment } = body
  const answers = body.act === 'edit' ? { answers: answersIn(body.items) } : {}
  return tables.turns.take(ref.pipeline, async () => {
    for (;;) {
      const before = await tables.acts.soFar(ref.pipeline)
      const ids = 'items' in body ? await meantIds(store, rows, body.items) : await chosenIds(store, rows, body)
      const saying = { act, step, ids, by, comment, ...answers, now: Date.now() }
      const acts = await addReviewsAfter(store, ref, { ...saying, before })
      if (acts !== undefined) return { ...about, count: acts.length, by, at: acts[0]?.at ?? '' }
      // Another process was first: what it said may be about the same items.
    }
  })
}

/** By root id, what each is to be. */
function answersIn(items: EditBody['items']): Map<string, Json> {
  return new Map(items.flatMap(({ root_id, answer }) => (answer === undefined ? [] : [[root_id, answer as Json]])))
}

/** Who reviews, and where. */
export async function showSession({ reviewer, place }: Ports, call: Call): Promise<z.infer<typeof session>> {
  return { reviewer: call.caller?.arn ?? reviewer, ...place }
}

type NamedBody = z.infer<typeof namedBody>
type ChosenBody = z.infer<typeof chosenBody>
type EditBody = z.infer<typeof editBody>

/** By what tells which of them it is: problems are then those of one form. */
async function bodyOf(call: Call): Promise<NamedBody | ChosenBody | EditBody> {
  const said = await call.peek()
  if (isObject(said) && said.act === 'edit') return call.body(editBody, parseJson)
  return isObject(said) && 'filter' in said ? call.body(chosenBody) : call.body(namedBody)
}

function reviewerOf({ reviewer }: Ports, call: Call, named: string | undefined): string {
  const by = call.caller?.arn ?? named?.trim() ?? reviewer ?? ''
  if (by !== '') return by
  throw new RequestRefused(['Who says it? Expected a name in by, or a server that knows who started it.'])
}

/** Throws HttpProblem if an item has another answer than the one that was meant, or if somebody said something since. */
async function meantIds(store: Store, rows: StepRows, items: NamedBody['items']): Promise<string[]> {
  const { table } = rows
  const reviews = await rows.reviews()
  const others: number[] = []
  const byHand: number[] = []
  for (const { root_id, answer_sha256, seen_at } of items) {
    const row = table.rowOf(root_id)
    // What is not there, addReviewsAfter refuses with what is near.
    if (row === undefined || !table.hasAnswer(row)) continue
    const hash = table.answerHash(row)
    if (hash === null) byHand.push(row)
    const isOther = hash !== null && hash !== answer_sha256
    const isLater = seen_at !== undefined && (reviews.at(row).act?.at ?? null) !== seen_at
    if (isOther || isLater) others.push(row)
  }
  // A version older than checksums: only the answers themselves tell.
  const meant = new Map(items.map(({ root_id, answer_sha256 }) => [root_id, answer_sha256]))
  const unknown = await standingsOf(store, rows, byHand)
  const there = [
    ...(await standingsOf(store, rows, others)),
    ...unknown.filter(({ root_id, answer_sha256 }) => meant.get(root_id) !== answer_sha256),
  ]
  if (there.length > 0) throw answerChanged(rows, there)
  return items.map(({ root_id }) => root_id)
}

function answerChanged(rows: StepRows, there: Standing[]): HttpProblem {
  const { ref } = rows.table.place
  const ids = someOf(there.map(({ root_id }) => root_id))
  const words = `${ids} of ${ref.pipeline} ${ref.version} ${there.length === 1 ? 'is' : 'are'} not as the page showed it: there is another answer, or somebody said something of it since. Nothing was noted. Look at it, and say it again.`
  return new HttpProblem('answer-changed', words, {}, { there: there.slice(0, mostRows) })
}

async function chosenIds(store: Store, rows: StepRows, { filter, total }: ChosenBody): Promise<string[]> {
  const { table } = rows
  const order = await rows.order(await rowQuery(store, table.place.ref, { filter }))
  const answered = [...order].filter((row) => table.hasAnswer(row))
  if (order.length === total && answered.length > 0) return answered.map((row) => table.rootIds[row]!)
  if (order.length === total)
    throw new RequestRefused([
      'None of the items that the filter takes has an answer that could be reviewed. Nothing was noted.',
    ])
  const words = `The filter takes ${order.length} items, not ${total}: somebody reviewed some of them since. Nothing was noted. Look at them, and say it again.`
  throw new HttpProblem('answer-changed', words)
}

async function standingsOf(store: Store, rows: StepRows, wanted: readonly number[]): Promise<Standing[]> {
  const window = await rowWindow(store, rows, { wanted, mostBytes: Number.POSITIVE_INFINITY })
  return window.map(standingOf)
}
