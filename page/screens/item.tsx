/** One item: the prompt as it was sent, the answer, and its story. */
import { useSignal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { call } from '../api/call.ts'
import type { Act, ItemDocument, ItemStep, Position } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { Button } from '../parts/button.tsx'
import { Badge } from '../parts/icon.tsx'
import { counted } from '../parts/numbers.ts'
import { Shown } from '../parts/refused.tsx'
import { draftOf, dropDraft } from '../state/drafts.ts'
import { filterOf } from '../state/filter.ts'
import { goTo, linkTo, place } from '../state/location.ts'
import { useFetched } from '../state/resource.ts'
import { type Answer, keptActs, saidOf, say, undoLast } from '../state/reviews.ts'
import { rowsOf } from '../state/rows.ts'
import { tell } from '../state/toasts.ts'
import { AnswerPane } from './answer-pane.tsx'
import { CommentDialog } from './comment-dialog.tsx'
import { Prompt } from './prompt.tsx'
import { Story } from './story.tsx'
import type { Version } from './version.ts'

export function Item({ version, id }: { version: Version; id: string }) {
  const { ref } = version
  const item = useFetched(JSON.stringify([ref, id]), (signal) =>
    call<ItemDocument>('GET', ['pipelines', ref.pipeline, 'versions', ref.version, 'items', id], {
      query: { step: ref.step },
      signal,
    }),
  )
  const acts = keptActs.value
  useEffect(() => {
    if (acts > 0) item.again()
  }, [acts])
  return (
    <Shown of={item}>
      {({ steps }) => {
        const found = steps.find(({ step }) => step === ref.step)
        return found === undefined ? (
          <p class="waiting">{`Item ${id} is not in step ${ref.step}.`}</p>
        ) : (
          <ItemOfStep key={id} version={version} id={id} item={found} />
        )
      }}
    </Shown>
  )
}

function ItemOfStep({ version, id, item }: { version: Version; id: string; item: ItemStep }) {
  const { ref } = version
  const rows = rowsOf(ref, filterOf(place.value))
  const [asked, setAsked] = useState<Act | null>(null)
  const at = useSignal<number | null>(rows.indexOf(id) ?? null)
  useEffect(() => {
    if (at.value !== null) return void rows.want(at.value - 1, at.value + 2)
    rows.position(id).then((position) => {
      at.value = position.at
      if (position.at !== null) void rows.want(position.at - 1, position.at + 2)
    }, ignore)
  }, [rows, id])
  const answer = answerOf(item)
  const [isEditing, setEditing] = useState(answer !== null && hasDraft(ref, answer))
  const known = answer === null ? null : saidOf(ref, answer)
  const total = rows.total.value

  const open = (rootId: string, index: number | null) => {
    if (index !== null) rows.active = index
    const { names, query } = place.value
    goTo(linkTo('item', [names[0]!, ref.version, ref.step, rootId], query), { instead: true })
  }
  const move = async (by: number) => {
    const to = (at.value ?? -1) + by
    const row = to < 0 ? undefined : await rows.row(to)
    if (row !== undefined) open(row.root_id, to)
    else tell(by > 0 ? 'This is the last item.' : 'This is the first item.')
  }
  const jump = async (to: 'next' | 'previous') => {
    const found = unreviewedAmong(rows, at.value, to) ?? (await positionOf(rows, id))?.[to]
    if (found) open(found.root_id, found.at)
    else tell(`No unreviewed item ${to === 'next' ? 'follows' : 'comes before'}.`)
  }
  const act = (what: Act, comment?: string) => {
    setAsked(null)
    if (answer === null) return tell('There is no answer to review.', { kind: 'refused' })
    void say({ on: ref, answers: [answer], act: what, comment })
    if (what === 'approve') void move(1)
  }
  const save = (edit: string) => {
    if (answer === null) return
    setEditing(false)
    void say({ on: ref, answers: [answer], act: 'edit', edit }).then((isKept) => {
      // Until then it is all that there is of it.
      if (isKept) dropDraft(ref, answer.root_id)
    })
    void move(1)
  }
  const back = () => {
    const { names, query } = place.value
    goTo(linkTo('items', [names[0]!, ref.version, ref.step], query))
  }
  useKeys('Item', [
    { keys: ['a'], does: 'Approve and go on', run: () => act('approve') },
    { keys: ['f'], does: 'Flag', run: () => setAsked('flag') },
    { keys: ['m'], does: 'Comment', run: () => setAsked('comment') },
    { keys: ['u'], does: 'Undo the last act', run: undoLast },
    { keys: ['j', 'ArrowDown'], does: 'Next item', run: () => void move(1) },
    { keys: ['k', 'ArrowUp'], does: 'Previous item', run: () => void move(-1) },
    { keys: ['n'], does: 'Next unreviewed item', run: () => void jump('next') },
    { keys: ['p'], does: 'Previous unreviewed item', run: () => void jump('previous') },
    { keys: ['Escape'], does: 'Back to the table', run: back },
  ])
  return (
    <div class="screen-item">
      <header class="item-head">
        <Button kind="quiet" icon="left" shownKey="Esc" onClick={back}>
          Table
        </Button>
        <h1>
          <span class="faint">Item</span> <b dir="auto">{id}</b>
        </h1>
        {known === null ? <Badge review={null} /> : <Badge {...known} />}
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
      <div class="item-columns">
        <Prompt item={item} version={version} />
        <AnswerPane
          version={version}
          item={item}
          answer={answer}
          isEditing={isEditing}
          onEdit={setEditing}
          onSave={save}
        />
        <Story version={version} item={item} id={id} />
      </div>
      <div class="item-acts" role="toolbar" aria-label="Review">
        <Button kind="approve" icon="approved" shownKey="A" disabled={answer === null} onClick={() => act('approve')}>
          Approve
        </Button>
        <Button kind="flag" icon="flagged" shownKey="F" disabled={answer === null} onClick={() => setAsked('flag')}>
          Flag
        </Button>
        <Button icon="edited" shownKey="E" disabled={answer === null} onClick={() => setEditing(true)}>
          Edit
        </Button>
        <Button icon="comment" shownKey="M" disabled={answer === null} onClick={() => setAsked('comment')}>
          Comment
        </Button>
        <Button kind="quiet" icon="undo" shownKey="U" onClick={undoLast}>
          Undo
        </Button>
        <span class="spring" />
        <Button kind="quiet" shownKey="N" onClick={() => void jump('next')}>
          Next unreviewed
        </Button>
      </div>
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

/** Whether somebody was editing this very answer when the page was closed. */
function hasDraft(on: Version['ref'], { root_id, answer_sha256 }: Answer): boolean {
  return draftOf(on, root_id)?.answer_sha256 === answer_sha256
}

/** What is reviewed; null if there is no answer. */
export function answerOf({ line, answer, review }: ItemStep): Answer | null {
  if (line === null || answer === null || review === null) return null
  const { state, stale, comment, by, at } = review
  return {
    root_id: line.root_id,
    answer_sha256: line.answer_sha256 ?? null,
    said: { review: state, stale, comment, by, at },
  }
}

/** The nearest one that is fetched already, if all between are. */
function unreviewedAmong(
  rows: ReturnType<typeof rowsOf>,
  from: number | null,
  to: 'next' | 'previous',
): { at: number; root_id: string } | null {
  if (from === null) return null
  const by = to === 'next' ? 1 : -1
  for (let at = from + by; ; at += by) {
    const row = at < 0 ? undefined : rows.at(at)
    if (row === undefined) return null
    if (saidOf(rows.ref, { ...row, said: row }).review === 'unreviewed') return { at, root_id: row.root_id }
  }
}

async function positionOf(rows: ReturnType<typeof rowsOf>, id: string): Promise<Position | null> {
  return rows.position(id).catch(() => null)
}

function ignore(): void {}
