/** One hash of everything that is sent for an answer: two answers with the same fingerprint answer the same question. */

import type { Question } from '../model.ts'
import { modelFieldNames, modelFields } from '../model-fields.ts'
import { sha256 } from '../text/ids.ts'

type Part = (question: Question) => unknown

const whole: Part[] = []
const added: ((question: Question) => unknown[])[] = []
for (const name of modelFieldNames) {
  const { fingerprint } = modelFields[name]
  if (fingerprint === 'not_sent') continue
  const value: Part = (question) => question[name as keyof Question]
  if (fingerprint === 'whole') whole.push(value)
  else added.push((question) => fingerprint(value(question) as never))
}

/**
 * Hex sha256 of prompt, system, model, parameters and schema, as the table of model fields says. The order of settings does not
 * matter; the order inside a schema does, because it shapes the answer.
 */
export function fingerprintOf(question: Question): string {
  const before = whole.map((part) => part(question))
  return sha256(JSON.stringify([...before, question.turns, ...added.flatMap((part) => part(question))]))
}
