/** From what an edit begins: the answer without its ids, as it stands or as an edit that waits has it. */
import { answerFormat, isTextOutput, textField } from '../answer-format.ts'
import { idFields } from '../answers/id-fields.ts'
import type { ResolvedStep, Suggestion } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { isObject, type Json, parseJson } from '../text/json.ts'
import { linesOfIds } from '../versions/indexed-ledger.ts'
import { StepAnswers } from '../versions/step-answers.ts'
import { placeOf, type VersionStep } from '../versions/version-steps.ts'
import { actsOf, checksumOf } from './step-reviews.ts'

export interface ToEdit {
  /** Without the fields that hold ids. Of a step that answers in text: the text. */
  answer: Json
  /** Whether it is that of an edit that waits for `apply`. */
  isWaiting: boolean
  /** What the model answered beside it, if it did, as `answer` is. */
  suggested: { answer: Json; by: Suggestion } | null
}

/** Null if the item has no answer there, or is not known. Throws RequestRefused for a version without run.json. */
export async function answerToEdit(
  store: Store,
  ref: VersionRef,
  { step, id }: { step: VersionStep; id: string },
): Promise<ToEdit | null> {
  const { resolved } = step
  if (resolved === null)
    throw new RequestRefused([
      `${ref.version} of ${ref.pipeline} is older than run.json, so its answers cannot be edited.`,
    ])
  const [line] = await linesOfIds(store, ref, { step: step.step, ids: [id] })
  if (line === undefined || line.answer_bytes === null) return null
  const answers = new StepAnswers(store, placeOf(ref, step), { isOne: true })
  try {
    const { answer: text } = await answers.see(line)
    if (text === null) return null
    const { edit, act, stale } = (await actsOf(store, ref.pipeline)).about({
      ...{ step: step.step, root_id: line.root_id, edited_by: line.edited_by },
      answer_sha256: await checksumOf(line, answers),
    })
    const isWaiting = edit === 'waiting' && !stale
    const whole = isWaiting ? (act?.answer as Json) : isTextOutput(resolved) ? text : parseJson(text)
    return { answer: withoutIds(whole, resolved), isWaiting, suggested: suggestedIn(line.suggestion, resolved) }
  } finally {
    await answers.close()
  }
}

function suggestedIn(by: Suggestion | undefined, step: ResolvedStep): ToEdit['suggested'] {
  if (by === undefined || by.answer === null) return null
  return { answer: withoutIds(isTextOutput(step) ? by.answer : parseJson(by.answer), step), by }
}

function withoutIds(whole: Json, step: ResolvedStep): Json {
  if (!step.batch_mode || !isObject(whole)) return whole
  const ids = idFields(step)
  const fields = Object.fromEntries(Object.entries(whole).filter(([name]) => !ids.includes(name)))
  return answerFormat(step) === 'text' ? (fields[textField] ?? '') : fields
}
