/** Whether a file below items/ is the answer that was written there. */

import type { LedgerLine } from '../documents.ts'
import type { Store, VersionRef } from '../store.ts'
import { sha256 } from '../text/ids.ts'
import { jsonText } from '../text/json.ts'
import { jsonIn } from './item-id.ts'
import { textIfThere } from './version-documents.ts'

/** Whether a file is to the letter as it was written. A line older than checksums cannot tell. */
export function isWritten(text: string, { answer_sha256 }: LedgerLine): boolean {
  return answer_sha256 != null && text.endsWith('\n') && sha256(text.slice(0, -1)) === answer_sha256
}

/** White space does not count. A line older than checksums cannot tell. */
export function isItemFileOf(text: string, { answer_sha256 }: LedgerLine): boolean {
  if (answer_sha256 == null || sha256(text.replace(/\n$/, '')) === answer_sha256) return true
  const value = jsonIn(text.replace(/^\uFEFF/, ''))
  return value !== undefined && sha256(jsonText(value, 2)) === answer_sha256
}

/** The file of an answer below items/, without its last newline; undefined if it is missing, empty or not JSON. */
export async function itemFileText(store: Store, path: string): Promise<string | undefined> {
  const text = await textIfThere(store, path)
  return text === undefined || jsonIn(text) === undefined ? undefined : text.replace(/\n$/, '')
}

/** Whether a line's answer has a file below items/ of this version. */
export function hasItemFile(
  { state, decision, answer_version, segment }: LedgerLine,
  { version }: VersionRef,
): boolean {
  return state === 'answered' && decision === 'process' && answer_version === version && segment !== ''
}
