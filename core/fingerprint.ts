/** One hash of everything that is sent for an answer: two answers with the same fingerprint answer the same question. */
import { sha256 } from './ids.ts'
import type { Question } from './model.ts'

/** Hex sha256 of prompt, system, model, parameters and schema. The order of settings does not matter; the order inside a schema does, as it shapes the answer. */
export function fingerprintOf({ model, max_tokens, effort, thinking, system, output_schema, turns }: Question): string {
  return sha256(JSON.stringify([model, max_tokens, effort, thinking, system, output_schema, turns]))
}
