/** Two versions: only what changed, one item after the other, with a verdict on the new answer. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import { AnswerDiff } from '../answer/answer-diff.tsx'
import { WordDiff } from '../answer/word-diff.tsx'
import { call } from '../api/call.ts'
import type { Act, ComparisonPage, Difference } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { scrollKeys } from '../keys/scroll-keys.ts'
import { Button } from '../parts/button.tsx'
import { Badge } from '../parts/icon.tsx'
import { counted, plural } from '../parts/numbers.ts'
import { Shown } from '../parts/refused.tsx'
import { goTo, linkTo, place } from '../state/location.ts'
import { refusal, useFetched } from '../state/resource.ts'
import { type Answer, saidOf, say, undoLast } from '../state/reviews.ts'
import { pathOf } from '../state/rows.ts'
import { tell } from '../state/toasts.ts'
import { CommentDialog } from './comment-dialog.tsx'
import type { Version } from './version.ts'

const pageSize = 20

export function Compare({ version }: { version: Version }) {
  const { ref, versions, record } = version
  const others = versions.filter((one) => one.version !== ref.version && one.status === 'completed')
  const against = place.value.query.get('against') ?? record?.base_version ?? others[0]?.version
  if (against === undefined) return <p class="nothing">{`${ref.pipeline} has no other version to compare with.`}</p>
  return <Changes key={`${ref.version} ${ref.step} ${against}`} version={version} against={against} others={others} />
}

interface ChangesProps {
  version: Version
  against: string
  others: Version['versions']
}

function Changes({ version, against, others }: ChangesProps) {
  const { ref } = version
  const at = useSignal(0)
  const pages = useSignal<ReadonlyMap<number, ComparisonPage>>(new Map())
  const [asked, setAsked] = useState<Act | null>(null)
  const fetch = (from: number, signal?: AbortSignal) =>
    call<ComparisonPage>('GET', [...pathOf(ref), 'comparison'], {
      query: { against, from, limit: pageSize },
      ...(signal && { signal }),
    })
  const first = useFetched('first', (signal) => fetch(0, signal))
  const page = Math.floor(at.value / pageSize)
  useEffect(() => {
    if (page === 0 || pages.value.has(page)) return
    fetch(page * pageSize).then(
      (came) => {
        pages.value = new Map([...pages.value, [page, came]])
      },
      (error) => tell(refusal(error).message, { kind: 'refused' }),
    )
  }, [page])
  const start = first.fetched.value.value
  const change = (page === 0 ? start : pages.value.get(page))?.differences[at.value % pageSize]
  const total = start?.total ?? 0
  const move = (to: number) => {
    if (to >= 0 && to < total) at.value = to
    else tell(to < 0 ? 'This is the first change.' : 'This is the last change.')
  }
  const judge = (act: Act, comment?: string) => {
    setAsked(null)
    const answer = change === undefined ? null : answerOf(change)
    if (answer === null) return void tell('There is no answer to review.', { kind: 'refused' })
    void say({ on: ref, answers: [answer], act, comment })
    move(at.value + 1)
  }
  useKeys('Compare', [
    { keys: ['a'], does: 'Approve the new answer and go on', run: () => judge('approve') },
    { keys: ['f'], does: 'Flag the new answer', run: () => setAsked('flag') },
    { keys: ['u'], does: 'Undo the last act', run: undoLast },
    { keys: ['j', 'ArrowDown'], does: 'Next change', run: () => move(at.value + 1) },
    { keys: ['k', 'ArrowUp'], does: 'Previous change', run: () => move(at.value - 1) },
    ...scrollKeys('.compare-body'),
    {
      keys: ['Escape'],
      does: 'Back to the table',
      run: () => goTo(linkTo('items', [ref.pipeline, ref.version, ref.step])),
    },
  ])
  return (
    <div class="screen-compare">
      <div class="compare-head">
        <h1>
          {`${ref.version} against `}
          <select
            aria-label="Compared with"
            value={against}
            onChange={({ currentTarget }) =>
              goTo(linkTo('compare', [ref.pipeline, ref.version, ref.step], { against: currentTarget.value }))
            }
          >
            {others.map((one) => (
              <option key={one.version}>{one.version}</option>
            ))}
          </select>
        </h1>
        {start?.counts && (
          <p class="compare-counts">
            <b>{plural(start.counts.changed, 'answer')}</b>
            {` changed, ${counted(start.counts.same)} the same`}
            {start.counts.added > 0 && `, ${counted(start.counts.added)} new`}
            {start.counts.removed > 0 && `, ${counted(start.counts.removed)} gone`}
          </p>
        )}
        <span class="item-moves">
          <span class="faint">{total === 0 ? '' : `${counted(at.value + 1)} of ${counted(total)}`}</span>
          <Button kind="quiet" icon="up" shownKey="K" label="Previous change" onClick={() => move(at.value - 1)}>
            {''}
          </Button>
          <Button kind="quiet" icon="down" shownKey="J" label="Next change" onClick={() => move(at.value + 1)}>
            {''}
          </Button>
        </span>
      </div>
      <Shown of={first}>
        {(comparison) => (
          <div class="compare-body" tabIndex={0} role="region" aria-label="What changed">
            <Instructions comparison={comparison} />
            {total === 0 ? (
              <p class="nothing">No answer changed.</p>
            ) : change === undefined ? (
              <p class="waiting">Loading …</p>
            ) : (
              <OneChange key={change.item_id} version={version} change={change} />
            )}
          </div>
        )}
      </Shown>
      {total > 0 && (
        <div class="item-acts" role="toolbar" aria-label="Review">
          <Button kind="approve" icon="approved" shownKey="A" onClick={() => judge('approve')}>
            Approve
          </Button>
          <Button kind="flag" icon="flagged" shownKey="F" onClick={() => setAsked('flag')}>
            Flag
          </Button>
          <Button kind="quiet" icon="undo" shownKey="U" onClick={undoLast}>
            Undo
          </Button>
        </div>
      )}
      {asked && (
        <CommentDialog
          act={asked}
          about={change?.root_id ?? ''}
          onDone={(comment) => judge(asked, comment)}
          onClose={() => setAsked(null)}
        />
      )}
    </div>
  )
}

/** The new answer, as it is reviewed. */
function answerOf({ after }: Difference): Answer | null {
  if (after === null || after.answer === null) return null
  const { root_id, answer_sha256, review, stale, edit, comment, by, at } = after
  return { root_id, answer_sha256, said: { review, stale, edit, comment, by, at } }
}

interface OneChangeProps {
  version: Version
  change: Difference
}

function OneChange({ version: { ref, step }, change }: OneChangeProps) {
  const answer = answerOf(change)
  const box = useRef<HTMLElement>(null)
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), [])
  return (
    <article class="change" ref={box}>
      <header>
        <h2>
          <a href={linkTo('item', [ref.pipeline, ref.version, ref.step, change.root_id])} dir="auto">
            {change.root_id}
          </a>
        </h2>
        <span class="label">{change.kind}</span>
        {answer && <Badge {...saidOf(ref, answer)} />}
      </header>
      <AnswerDiff
        before={change.before?.answer ?? null}
        after={change.after?.answer ?? null}
        isText={step.is_text}
        ours={step.id_fields}
      />
      {change.cut && <p class="note">The answers are long: this is their beginning. The item has them whole.</p>}
    </article>
  )
}

function Instructions({ comparison: { instructions } }: { comparison: ComparisonPage }) {
  const { template, settings } = instructions
  if (template === null && settings.length === 0) return null
  return (
    <details class="instructions">
      <summary>
        {[
          template && 'The template changed',
          ...settings.map(({ setting, before, after }) => `${setting}: ${before} → ${after}`),
        ]
          .filter(Boolean)
          .join(' · ')}
      </summary>
      {template && <WordDiff before={template.before} after={template.after} />}
    </details>
  )
}
