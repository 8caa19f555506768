/** What people say of the answers of a version: it is noted, and read. */
import type { Suggestion } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Review } from '../core/review.ts'
import { addReviews } from '../core/reviews/make-reviews.ts'
import type { ReviewState } from '../core/reviews/reviewed-state.ts'
import { reviewedItems } from '../core/reviews/step-reviews.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { type Json, parseJson } from '../core/text/json.ts'
import { namedStep } from '../core/versions/find-step.ts'
import { type VersionStep, versionSteps } from '../core/versions/version-steps.ts'
import { plainValue } from './answers.ts'

/** Who says something, and of which step's answers. */
export interface ReviewOptions {
  /** Who says it. */
  by: string
  /** The step, by number or prompt_name. Default: the last. */
  step?: string | number | undefined
  comment?: string | undefined
}

/** An answer, and what was said of it. */
export interface ReviewedAnswer {
  root_id: string
  item_id: string
  step: number
  state: ReviewState
  /** Whether somebody approved or flagged another answer of the item, and nobody this one. */
  stale: boolean
  /** The version in which it was said; null if nobody said anything. */
  version: string | null
  by: string | null
  /** UTC */
  at: string | null
  /** The newest comment on this answer. */
  comment: string | null
  /** Of an edit: whether it is in place. */
  applied?: boolean
  /** Of an edit in place: what the model answered beside it, and in which version. */
  suggestion?: { version: string; answer: unknown }
}

export interface Saying extends ReviewOptions {
  act: Review['act']
  ids: readonly string[]
  /** Of an edit: what each answer is to be. */
  answers?: ReadonlyMap<string, Json>
}

/** Throws RequestRefused for nobody. */
export function namedReviewer(by: string): string {
  if (typeof by === 'string' && by.trim() !== '') return by
  throw new RequestRefused(['by names nobody. Expected who says it. Nothing was noted.'])
}

/** An edited answer as JSON. Throws RequestRefused for what JSON does not have. */
export function jsonOf(answer: unknown): Json {
  try {
    const text = JSON.stringify(answer)
    if (text !== undefined) return parseJson(text)
  } catch (cause) {
    throw new RequestRefused([noJson((cause as Error).message.split('\n')[0])], { cause })
  }
  throw new RequestRefused([noJson(`it is ${typeof answer}`)])
}

function noJson(why: string | undefined): string {
  return `The answer cannot be written as JSON: ${why}. Expected a text, a number, an object or an array. Nothing was noted.`
}

/** Notes it, for all items or for none. Throws RequestRefused with every problem, StoreUnwritable. */
export async function noted(
  store: Store,
  ref: VersionRef,
  { step: wanted, ...saying }: Saying,
): Promise<{ acts: Review[]; step: VersionStep }> {
  const step = await reviewedStep(store, ref, wanted)
  return { acts: await addReviews(store, ref, { ...saying, step, now: Date.now() }), step }
}

/** The step whose answers are meant. Throws RequestRefused. */
export async function reviewedStep(
  store: Store,
  ref: VersionRef,
  wanted: string | number | undefined,
): Promise<VersionStep> {
  const steps = await versionSteps(store, ref)
  return namedStep(steps, String(wanted ?? steps.at(-1)?.step), `${ref.version} of ${ref.pipeline}`)
}

/** Every answer of a version with what people said of it, step by step. Throws RunFailed. */
export async function* reviewedAnswers(store: Store, ref: VersionRef): AsyncGenerator<ReviewedAnswer> {
  const steps = new Map((await versionSteps(store, ref)).map((one) => [one.step, one]))
  for await (const { line, step, state, stale, act, comment, edit } of reviewedItems(store, ref)) {
    const { root_id, item_id } = line
    const said = { version: act?.version ?? null, by: act?.by ?? null, at: act?.at ?? null }
    const applied = edit === undefined ? {} : { applied: edit === 'applied' }
    const suggested = suggestedIn(line.suggestion, steps.get(step)!)
    yield { root_id, item_id, step, state, stale, ...said, comment, ...applied, ...suggested }
  }
}

function suggestedIn(suggestion: Suggestion | undefined, step: VersionStep): Pick<ReviewedAnswer, 'suggestion'> {
  if (suggestion === undefined || suggestion.answer === null) return {}
  const { version, answer } = suggestion
  return { suggestion: { version, answer: plainValue(answer, step) } }
}
