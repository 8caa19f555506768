/** Whether a reply can be used, and the answer in it. */

import { answerFormat, isTextOutput, textField } from '../answer-format.ts'
import type { PlanLine, ResolvedStep } from '../documents.ts'
import type { FailureKind } from '../errors.ts'
import type { Reply, Turn } from '../model.ts'
import type { Provider } from '../provider.ts'
import { isBlank } from '../text/blank.ts'
import { isObject, type Json, jsonText, parseJson } from '../text/json.ts'
import { isNestedTooDeep, mostNestedAnswer } from '../text/nesting.ts'
import { isWellFormed, wellFormed } from '../text/well-formed.ts'
import { findAnswer } from './answer.ts'
import { valueField } from './id-fields.ts'
import { compileSchema } from './schema-check.ts'

export type Judged =
  | { usable: true; answer: Json }
  /** `again`: worth asking once more with the reason. */
  | { usable: false; kind: FailureKind; reason: string; again: boolean }

/** Makes the judge of a step's replies; a schema is compiled once. */
export async function judgeOf(
  step: ResolvedStep,
  provider: Pick<Provider, 'endingOf'>,
): Promise<(reply: Reply) => Judged> {
  const check = step.output_schema === null ? null : await compileSchema(step.output_schema)
  const asText = answerFormat(step) === 'text'
  return (reply) => {
    const stopped = stopProblem(reply, step, provider)
    if (stopped !== null) return stopped
    return withoutHalves(asText ? judgeText(reply.text) : judgeJson(reply.text))
  }

  function judgeText(text: string): Judged {
    if (isBlank(text)) return unusable('empty_answer', 'The answer is empty.')
    return { usable: true, answer: isTextOutput(step) ? text : { [textField]: text } }
  }

  function judgeJson(text: string): Judged {
    if (isNestedTooDeep(text, mostNestedAnswer))
      return unusable('invalid_json', `The answer is nested more than ${mostNestedAnswer} levels deep.`)
    const found = findAnswer(text)
    if ('unusable' in found) return unusable(found.unusable, found.reason)
    const checked = check?.(found.answer)
    if (checked === undefined) return { usable: true, answer: found.answer }
    if (checked.problems.length === 0) return { usable: true, answer: checked.answer }
    return unusable('schema_mismatch', `The answer does not meet the schema: ${checked.problems.join('; ')}.`)
  }
}

/** JSON can write half of a surrogate pair as an escape, but no UTF-8 document and no later prompt can hold it. */
function withoutHalves(judged: Judged): Judged {
  if (!judged.usable || isWellFormed(judged.answer)) return judged
  return { usable: true, answer: wellFormed(judged.answer) }
}

function unusable(kind: FailureKind, reason: string): Judged {
  return { usable: false, kind, reason, again: true }
}

function stopProblem(
  { stop_reason }: Reply,
  { max_tokens }: ResolvedStep,
  provider: Pick<Provider, 'endingOf'>,
): Judged | null {
  const final = (kind: FailureKind, reason: string): Judged => ({ usable: false, kind, reason, again: false })
  switch (provider.endingOf(stop_reason)) {
    case 'whole':
      return null
    case 'cut_off':
      return final(
        'max_tokens',
        `The answer was cut off at max_tokens (${max_tokens}). Raise max_tokens of the step or the template, or ask for less.`,
      )
    case 'refused':
      return final(
        'refusal',
        'The model refused to answer. Its words are in the reply file; change the prompt or the item.',
      )
    case 'early':
      return final('stopped_early', `The model stopped early (${stop_reason}), so its answer is not whole.`)
  }
}

/** The turns of the second ask: the reply and why it cannot be used. */
export function askAgain(
  { prompt, reply, reason }: { prompt: string; reply: string; reason: string },
  step: Pick<ResolvedStep, 'batch_mode' | 'output_file' | 'answer_format'>,
): Turn[] {
  const wanted =
    answerFormat(step) === 'text' ? 'Answer again.' : 'Answer again with only the JSON value, without any other text.'
  const request = `${reason.toWellFormed()} ${wanted}`
  // The API refuses an empty turn.
  if (isBlank(reply)) return [{ role: 'user', content: `${prompt}\n\n${request}` }]
  return [
    { role: 'user', content: prompt },
    { role: 'assistant', content: reply.trimEnd().toWellFormed() },
    { role: 'user', content: request },
  ]
}

/** An answer with its ids in front, as it stands in outputs, and the identity fields that the model had written itself. */
export function withIds(
  answer: Json,
  line: Pick<PlanLine, 'id_json' | 'output_id'>,
  step: ResolvedStep,
): { output: Json; overwritten: string[] } {
  const id = parseJson(line.id_json)
  const ids: { [key: string]: Json } =
    step.output_id_field === null
      ? { [step.id_field]: id }
      : { [step.output_id_field]: line.output_id, [`source_${step.id_field}`]: id }
  const fields = isObject(answer) ? answer : { [valueField]: answer }
  const overwritten = Object.keys(ids).filter(
    (name) => Object.hasOwn(fields, name) && jsonText(fields[name]) !== jsonText(ids[name]),
  )
  return { output: { ...ids, ...fields, ...ids }, overwritten }
}
