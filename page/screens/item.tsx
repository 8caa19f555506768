/** One item: the prompt as it was sent, the answer, and its story. */
import { useEffect, useState } from 'preact/hooks'
import type { Act } from '../api/shapes.ts'
import { useKeptFocus } from '../keys/focus.ts'
import { useKeys } from '../keys/keys.ts'
import { scrollKeys } from '../keys/scroll-keys.ts'
import { Button } from '../parts/button.tsx'
import { Badge } from '../parts/icon.tsx'
import { counted } from '../parts/numbers.ts'
import { Shown } from '../parts/refused.tsx'
import { draftOf, dropDraft } from '../state/drafts.ts'
import { fetchItem, itemKey, knownItem } from '../state/items.ts'
import { useFetched } from '../state/resource.ts'
import { type Answer, keptActs, saidOf, say, undoLast } from '../state/reviews.ts'
import type { StepRef } from '../state/rows.ts'
import { tell } from '../state/toasts.ts'
import { answerOf } from './answer-of.ts'
import { AnswerPane } from './answer-pane.tsx'
import { CommentDialog } from './comment-dialog.tsx'
import { type Moves, useMoves } from './item-moves.ts'
import { Prompt } from './prompt.tsx'
import { RerunDialog } from './rerun-dialog.tsx'
import { Story } from './story.tsx'
import { TryDialog } from './try-dialog.tsx'
import type { Version } from './version.ts'

export function Item({ version, id }: { version: Version; id: string }) {
  const { ref } = version
  const fetched = useFetched(itemKey(ref, id), (signal) => fetchItem(ref, id, signal), knownItem(ref, id))
  const moves = useMoves(ref, id)
  const [asked, setAsked] = useState<Act | null>(null)
  const [waits, setWaits] = useState<{ act: Act; comment: string | undefined } | null>(null)
  const [open, setOpen] = useState<'try' | 'rerun' | null>(null)
  const [wantsEdit, setWantsEdit] = useState<boolean | null>(null)
  const item = fetched.fetched.value.value?.steps.find(({ step }) => step === ref.step) ?? null
  const answer = item === null ? null : answerOf(item)
  const isEditing = wantsEdit ?? (answer !== null && hasDraft(ref, answer))
  const acts = keptActs.value
  useEffect(() => {
    if (acts > 0) fetched.again()
  }, [acts])
  useEffect(() => {
    // A flag that was typed while the item was on its way.
    if (waits === null || answer === null) return
    setWaits(null)
    void say({ on: ref, answers: [answer], act: waits.act, comment: waits.comment })
  }, [waits, answer])
  const act = (what: Act, comment?: string) => {
    setAsked(null)
    if (item === null) return void (what !== 'approve' && setWaits({ act: what, comment }))
    if (answer === null) return void tell('There is no answer to review.', { kind: 'refused' })
    void say({ on: ref, answers: [answer], act: what, comment })
    if (what === 'approve') void moves.move(1)
  }
  const save = (edit: string) => {
    if (answer === null) return
    setWantsEdit(false)
    void say({ on: ref, answers: [answer], act: 'edit', edit }).then((isKept) => {
      // Until then the draft is all that there is of it.
      if (isKept) dropDraft(ref, answer.root_id)
    })
    void moves.move(1)
  }
  const take = (edit: string, comment: string) => {
    if (answer !== null) void say({ on: ref, answers: [answer], act: 'edit', edit, comment })
  }
  const edit = () => answer !== null && setWantsEdit(true)
  useKeptFocus(item !== null)
  useKeys('Item', [
    { keys: ['a'], does: 'Approve and go on', run: () => act('approve') },
    { keys: ['f'], does: 'Flag', run: () => setAsked('flag') },
    { keys: ['e'], does: 'Edit', run: edit },
    { keys: ['m'], does: 'Comment', run: () => setAsked('comment') },
    { keys: ['t'], does: 'Try another template', run: () => setOpen(item === null ? null : 'try') },
    { keys: ['u'], does: 'Undo the last act', run: undoLast },
    { keys: ['j', 'ArrowDown'], does: 'Next item', run: () => void moves.move(1) },
    { keys: ['k', 'ArrowUp'], does: 'Previous item', run: () => void moves.move(-1) },
    { keys: ['n'], does: 'Next unreviewed item', run: () => void moves.jump('next') },
    { keys: ['p'], does: 'Previous unreviewed item', run: () => void moves.jump('previous') },
    ...scrollKeys('.answer .pane-body'),
    { keys: ['Escape'], does: 'Back to the table', run: moves.back },
  ])
  return (
    <div class="screen-item">
      <Head id={id} on={ref} answer={answer} isThere={item !== null} moves={moves} />
      <Shown of={fetched}>
        {() =>
          item === null ? (
            <p class="waiting">{`Item ${id} is not in step ${ref.step}.`}</p>
          ) : (
            <div class="item-columns">
              <Prompt item={item} version={version} />
              <AnswerPane
                version={version}
                item={item}
                answer={answer}
                isEditing={isEditing}
                onEdit={setWantsEdit}
                onSave={save}
                onTake={take}
              />
              <Story version={version} item={item} id={id} />
            </div>
          )
        }
      </Shown>
      <div class="item-acts" role="toolbar" aria-label="Review">
        <Button kind="approve" icon="approved" shownKey="A" disabled={answer === null} onClick={() => act('approve')}>
          Approve
        </Button>
        <Button kind="flag" icon="flagged" shownKey="F" disabled={answer === null} onClick={() => setAsked('flag')}>
          Flag
        </Button>
        <Button icon="edited" shownKey="E" disabled={answer === null} onClick={edit}>
          Edit
        </Button>
        <Button icon="comment" shownKey="M" disabled={answer === null} onClick={() => setAsked('comment')}>
          Comment
        </Button>
        <Button kind="quiet" icon="undo" shownKey="U" onClick={undoLast}>
          Undo
        </Button>
        <span class="spring" />
        <Button kind="quiet" shownKey="T" disabled={item === null} onClick={() => setOpen('try')}>
          Try
        </Button>
        <Button kind="quiet" shownKey="N" onClick={() => void moves.jump('next')}>
          Next unreviewed
        </Button>
      </div>
      {open === 'try' && item && (
        <TryDialog
          version={version}
          item={item}
          id={id}
          onClose={() => setOpen(null)}
          onSaved={() => setOpen('rerun')}
        />
      )}
      {open === 'rerun' && <RerunDialog version={version} selected={[]} onClose={() => setOpen(null)} />}
      {asked && (
        <CommentDialog
          act={asked}
          about={id}
          onDone={(comment) => act(asked, comment)}
          onClose={() => setAsked(null)}
        />
      )}
    </div>
  )
}

interface HeadProps {
  id: string
  on: StepRef
  answer: Answer | null
  isThere: boolean
  moves: Moves
}

function Head({ id, on, answer, isThere, moves: { at, total, move, back } }: HeadProps) {
  const known = answer === null ? null : saidOf(on, answer)
  return (
    <header class="item-head">
      <Button kind="quiet" icon="left" shownKey="Esc" onClick={back}>
        Table
      </Button>
      <h1>
        <span class="faint">Item</span> <b dir="auto">{id}</b>
      </h1>
      {isThere && (known === null ? <Badge review={null} /> : <Badge {...known} />)}
      {known?.comment && (
        <q class="item-comment" dir="auto">
          {known.comment}
        </q>
      )}
      <span class="item-moves">
        <span class="faint">
          {at.value === null || total === null ? '' : `${counted(at.value + 1)} of ${counted(total)}`}
        </span>
        <Button kind="quiet" icon="up" shownKey="K" label="Previous item" onClick={() => void move(-1)}>
          {''}
        </Button>
        <Button kind="quiet" icon="down" shownKey="J" label="Next item" onClick={() => void move(1)}>
          {''}
        </Button>
      </span>
    </header>
  )
}

/** Whether somebody was editing this very answer when the page was closed. */
function hasDraft(on: StepRef, { root_id, answer_sha256 }: Answer): boolean {
  return draftOf(on, root_id)?.answer_sha256 === answer_sha256
}
