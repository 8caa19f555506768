/** How an answer stands: what was said of it, and whether that was about this very answer. */
import type { Row } from '../core/rows/row-window.ts'
import type { Standing } from './row-documents.ts'

export function standingOf({
  line,
  answer_sha256,
  state,
  reviewed,
}: Pick<Row, 'line' | 'answer_sha256' | 'state' | 'reviewed'>): Standing {
  const { stale, comment, act, edit = null } = reviewed
  const review = state === 'none' ? null : reviewed.state
  const said = { review, stale, edit, comment, by: act?.by ?? null, at: act?.at ?? null }
  const suggested = line.suggestion?.answer != null
  return { root_id: line.root_id, item_id: line.item_id, answer_sha256, ...said, suggested }
}
