/** One hash of everything that is sent for an answer: two answers with the same fingerprint answer the same question. */

import type { Question } from '../model.ts'
import { sha256 } from '../text/ids.ts'

/**
 * Hex sha256 of prompt, system, model, parameters and schema. The order of settings does not matter; the order inside a schema does,
 * as it shapes the answer. Of the formats only text takes part: answers of before there were formats must not look changed.
 */
export function fingerprintOf(question: Question): string {
  const { model, max_tokens, effort, thinking, system, output_schema, turns, answer_format } = question
  const asText = answer_format === 'text' ? ['text'] : []
  return sha256(JSON.stringify([model, max_tokens, effort, thinking, system, output_schema, turns, ...asText]))
}
