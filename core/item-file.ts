/** Whether a file below items/ is the answer that was written there. */
import type { LedgerLine } from './documents.ts'
import { sha256 } from './ids.ts'
import { jsonIn } from './item-id.ts'
import { jsonText } from './json.ts'

/** White space does not count. A line older than checksums cannot tell. */
export function isItemFileOf(text: string, { answer_sha256 }: LedgerLine): boolean {
  if (answer_sha256 == null || sha256(text.replace(/\n$/, '')) === answer_sha256) return true
  const value = jsonIn(text.replace(/^\uFEFF/, ''))
  return value !== undefined && sha256(jsonText(value, 2)) === answer_sha256
}
