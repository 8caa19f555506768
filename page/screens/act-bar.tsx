/** What can be done with the selected rows, or with the one that the keys work on. */
import { useState } from 'preact/hooks'
import { call } from '../api/call.ts'
import type { Act, AddedReviews, Row } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { Button } from '../parts/button.tsx'
import { plural } from '../parts/numbers.ts'
import { refusal } from '../state/resource.ts'
import { keptActs, say, undoLast } from '../state/reviews.ts'
import { forgetRows, pathOf, type Rows } from '../state/rows.ts'
import { clearSelection, selectAll, selectedIn } from '../state/selection.ts'
import { tell } from '../state/toasts.ts'
import { CommentDialog } from './comment-dialog.tsx'

const done: Readonly<Record<string, string>> = {
  approve: 'Approved',
  flag: 'Flagged',
  comment: 'Noted on',
  clear: 'Cleared',
}

export function ActBar({ rows, active }: { rows: Rows; active: number }) {
  const [asked, setAsked] = useState<Act | null>(null)
  const chosen = selectedIn(rows)
  const total = rows.total.value ?? 0
  const current = rows.at(active)
  const meant = chosen === null ? (current === undefined ? [] : [current]) : [...chosen.chosen.values()]
  const count = chosen?.isAll ? total : meant.length
  const act = (what: Act, comment?: string) => {
    setAsked(null)
    if (chosen?.isAll) void sayOfAll(rows, what, comment)
    else sayOf(rows, meant, what, comment)
    clearSelection()
  }
  useKeys('Selected items', [
    { keys: ['a'], does: 'Approve', run: () => act('approve') },
    { keys: ['f'], does: 'Flag', run: () => setAsked('flag') },
    { keys: ['m'], does: 'Comment', run: () => setAsked('comment') },
    { keys: ['u'], does: 'Undo the last act', run: undoLast },
    { keys: ['Escape'], does: 'Select nothing', run: clearSelection },
  ])
  const dialog = asked && (
    <CommentDialog
      act={asked}
      about={count === 1 ? (meant[0]?.root_id ?? '') : plural(count, 'item')}
      onDone={(comment) => act(asked, comment)}
      onClose={() => setAsked(null)}
    />
  )
  if (chosen === null) return dialog
  return (
    <div class="act-bar" role="toolbar" aria-label="Selected items">
      <span class="act-count">{`${plural(count, 'item')} selected`}</span>
      {!chosen.isAll && total > count && (
        <Button kind="quiet" shownKey="X" onClick={() => selectAll(rows)}>
          {`All ${total}`}
        </Button>
      )}
      <Button kind="approve" icon="approved" shownKey="A" onClick={() => act('approve')}>
        Approve
      </Button>
      <Button kind="flag" icon="flagged" shownKey="F" onClick={() => setAsked('flag')}>
        Flag
      </Button>
      <Button icon="comment" shownKey="M" onClick={() => setAsked('comment')}>
        Comment
      </Button>
      <Button onClick={() => act('clear')}>Clear</Button>
      <Button kind="quiet" shownKey="Esc" onClick={clearSelection}>
        Select nothing
      </Button>
      {dialog}
    </div>
  )
}

/** Items without an answer are left out: there is nothing to say something of. */
function sayOf({ ref }: Rows, rows: readonly Row[], act: Act, comment: string | undefined): void {
  const answers = rows
    .filter(({ answer_sha256 }) => answer_sha256 !== null)
    .map(({ root_id, answer_sha256, ...row }) => ({ root_id, answer_sha256, said: row }))
  if (answers.length === 0) return void tell('There is no answer to review.', { kind: 'refused' })
  const what = answers.length === 1 ? answers[0]!.root_id : plural(answers.length, 'item')
  void say({ on: ref, answers, act, comment }).then((isKept) => {
    if (isKept) tell(`${done[act]} ${what}.`, { action: { name: 'Undo', shownKey: 'U', run: undoLast } })
  })
}

/** All that the filter takes, in one request; it is refused if they are not as many as were shown. */
async function sayOfAll(rows: Rows, act: Act, comment: string | undefined): Promise<void> {
  const { sort: _sort, ...filter } = rows.query
  const body = { act, ...(comment ? { comment } : {}), filter, total: rows.total.peek() }
  try {
    const { count } = await call<AddedReviews>('POST', [...pathOf(rows.ref), 'reviews'], { body })
    tell(`${done[act]} ${plural(count, 'item')}.`)
    forgetRows()
    keptActs.value += 1
  } catch (error) {
    tell(`Not kept: ${act}. ${refusal(error).message}`, { kind: 'refused' })
  }
}
