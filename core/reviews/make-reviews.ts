/** Makes the acts by which a person reviews some items, and refuses them all if one of them cannot be meant. */

import { isTextOutput } from '../answer-format.ts'
import type { LedgerLine, ResolvedStep } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import type { Review } from '../review.ts'
import type { Store, VersionRef } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { isObject, type Json, parseJson } from '../text/json.ts'
import { didYouMean } from '../text/nearest.ts'
import { editText } from '../versions/applied-edits.ts'
import { knownIds } from '../versions/find-item.ts'
import { linesOfIds } from '../versions/indexed-ledger.ts'
import { StepAnswers } from '../versions/step-answers.ts'
import { placeOf, type VersionStep } from '../versions/version-steps.ts'
import { editedAnswer } from './edited-answer.ts'
import { inputHashes } from './input-hashes.ts'
import { type ActsSoFar, KnownActs } from './known-acts.ts'
import { reviewBook } from './review-book.ts'
import { checksumOf } from './step-reviews.ts'

export interface Saying {
  act: Review['act']
  step: VersionStep
  /** Root ids. */
  ids: readonly string[]
  by: string
  comment?: string | undefined
  /** By root id, in place of the comment on all. */
  comments?: ReadonlyMap<string, string>
  /** Of an edit: by root id, what each answer is to be, with or without its ids. A text if the step writes one. */
  answers?: ReadonlyMap<string, Json>
  /** Of an edit that was made in a file of the version: its answer is meant as the model wrote it, whatever stands there now. */
  isByHand?: boolean
  /** Milliseconds since 1970. */
  now: number
}

/** Answers of more items are read in one go. */
const fewItems = 100

/**
 * Adds one act for each item, all or none, and returns them in the order of the ids. An edited answer must meet the `output_schema` of its
 * step, and be another than the one that stands there. Throws RequestRefused with every problem, StoreUnwritable.
 */
export async function addReviews(store: Store, ref: VersionRef, saying: Saying): Promise<Review[]> {
  const known = new KnownActs(store)
  let before = await known.soFar(ref.pipeline)
  const acts = await actsOf(store, ref, saying)
  for (;;) {
    const added = await addedAfter(store, ref, { acts, now: saying.now, before })
    if (added !== undefined) return added
    // What somebody said meanwhile may have a later time: these get one that is later still.
    before = await known.soFar(ref.pipeline)
  }
}

/**
 * The same for a caller who has looked at what was said before. Undefined if somebody, of this process or another one, has said something
 * since: then nothing is added, and what is to be said has to be looked at again.
 */
export async function addReviewsAfter(
  store: Store,
  ref: VersionRef,
  { before, ...saying }: Saying & { before: ActsSoFar },
): Promise<Review[] | undefined> {
  return addedAfter(store, ref, { acts: await actsOf(store, ref, saying), now: saying.now, before })
}

async function addedAfter(
  store: Store,
  { pipeline }: VersionRef,
  { acts, now, before: { newest, mark } }: { acts: readonly Review[]; now: number; before: ActsSoFar },
): Promise<Review[] | undefined> {
  const book = reviewBook(store, pipeline)
  const at = timeAfter(newest, now)
  const timed = acts.map((act) => ({ ...act, at }))
  // A file that a person wrote may have no mark.
  if (mark === null || book.addAfter === undefined) await book.add(pipeline, timed)
  else if (!(await book.addAfter(pipeline, mark, timed))) return undefined
  return timed
}

/** Later than what was said before, also if a clock was set back: the newest act counts. */
function timeAfter(newest: string, now: number): string {
  const time = new Date(now).toISOString()
  return time > newest ? time : new Date(Date.parse(newest) + 1).toISOString()
}

/** Their time is not known yet. */
async function actsOf(store: Store, ref: VersionRef, saying: Saying): Promise<Review[]> {
  const { act, step, by } = saying
  if (act === 'edit') refuseUneditable(ref, saying)
  const ids = [...new Set(saying.ids)]
  const found = await linesOfIds(store, ref, { step: step.step, ids })
  const lines = new Map(found.map((line) => [line.root_id, line]))
  // Only an edit is stale once its input has changed; to find an input, a file is read up to it.
  const inputs = act === 'edit' ? await inputHashes(store, ref, { step: step.step, lines: found }) : null
  const answers = new StepAnswers(store, placeOf(ref, step), { isOne: ids.length <= fewItems })
  const acts: Review[] = []
  const problems: string[] = []
  try {
    for (const root_id of ids) {
      const line = lines.get(root_id)
      const seen = line === undefined ? null : await answers.see(line)
      const answer_sha256 = line === undefined || seen?.answer == null ? null : await checksumOf(line, answers)
      if (line === undefined) problems.push(await unknownText(store, ref, { id: root_id, step }))
      else if (answer_sha256 === null) problems.push(unansweredText(root_id, { ref, step, error: line.error?.message }))
      else if (seen?.edited && !seen.isUnsure && !saying.isByHand) problems.push(editedText(root_id, ref, step))
      else {
        const about = { step: step.step, root_id, item_id: line.item_id, version: ref.version, answer_sha256 }
        const input = inputs === null ? {} : { input_sha256: inputs.get(root_id) ?? null }
        const edit = act === 'edit' ? await editOf(saying, { line, current: seen!.answer!, answer_sha256 }) : {}
        if ('problem' in edit) problems.push(edit.problem)
        else acts.push({ at: '', by, ...about, ...input, act, ...commentOf(saying, root_id), ...edit })
      }
    }
  } finally {
    await answers.close()
  }
  if (problems.length > 0) throw new RequestRefused(problems)
  return acts
}

function commentOf({ comment, comments }: Saying, root_id: string): Pick<Review, 'comment'> {
  const text = comments?.get(root_id) ?? comment
  return text === undefined ? {} : { comment: text }
}

interface Editing {
  line: LedgerLine
  /** The answer that stands there. */
  current: string
  answer_sha256: string
}

/** What an edit is to put in the place of an answer. */
async function editOf(
  { step: { resolved }, answers }: Saying,
  { line, current, answer_sha256 }: Editing,
): Promise<Pick<Review, 'answer' | 'edited_sha256'> | { problem: string }> {
  const step = resolved!
  const { root_id } = line
  const given = answers?.get(root_id)
  if (given === undefined)
    return { problem: `There is no answer for item ${root_id}. Nothing was noted. Say what it is to be.` }
  const stands = isTextOutput(step) ? current : withOutputId(parseJson(current), line, step)
  const edited = await editedAnswer(step, { current: stands, given })
  const place = `item ${root_id} in step ${step.step} (${step.prompt_name})`
  if ('problem' in edited) return { problem: `The answer for ${place} ${edited.problem}. Nothing was noted.` }
  const edited_sha256 = sha256(editText(step, edited.answer))
  if (edited_sha256 === answer_sha256)
    return {
      problem: `The answer for ${place} is the one that stands there. Nothing was noted. \`clear\` takes an earlier edit back.`,
    }
  return { answer: edited.answer, edited_sha256 }
}

/** The sequential id is ours, whatever a person made of it in the file. */
function withOutputId(answer: Json, { output_id }: LedgerLine, { output_id_field }: ResolvedStep): Json {
  return output_id_field === null || !isObject(answer) ? answer : { ...answer, [output_id_field]: output_id }
}

function refuseUneditable({ pipeline, version }: VersionRef, { step }: Saying): void {
  if (step.resolved === null)
    throw new RequestRefused([
      `${version} of ${pipeline} is older than run.json, so nothing can be built on it. Run the pipeline again, and edit the answers of the new version.`,
    ])
}

async function unknownText(
  store: Store,
  ref: VersionRef,
  { id, step: { step, prompt_name } }: { id: string; step: VersionStep },
): Promise<string> {
  const known = await knownIds(store, ref)
  if (known.has(id))
    return `Item ${id} did not come to step ${step} (${prompt_name}) of ${ref.version}, so it has no answer there. Nothing was noted. Name another step with --step.`
  const hint = didYouMean(id, known)
  return `${ref.version} of ${ref.pipeline} has no item ${id}.${hint} Nothing was noted. \`itemwise show ${ref.pipeline} ${ref.version}\` shows where its items are.`
}

function unansweredText(
  id: string,
  { ref, step, error }: { ref: VersionRef; step: VersionStep; error: string | undefined },
): string {
  const why = error === undefined ? '' : `: ${error.replace(/\.$/, '')}`
  return `Item ${id} has no answer in step ${step.step} (${step.prompt_name}) of ${ref.version} that could be reviewed${why}. Nothing was noted. Ask for it with \`itemwise rerun ${ref.pipeline} ${id}\`, or name another step with --step.`
}

function editedText(id: string, ref: VersionRef, step: VersionStep): string {
  return `The answer of item ${id} in ${step.collated} was changed by hand, and a review is about what the model wrote. Nothing was noted. \`itemwise adopt ${ref.pipeline} ${ref.version}\` makes an edit of it. Or put the file back as it was, or let \`itemwise doctor ${ref.pipeline} --fix\` restore the answers; it keeps what was edited.`
}
