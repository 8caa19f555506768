/** An answer, in the view that somebody chose: its fields, its JSON, or the raw reply. */
import { useMemo, useState } from 'preact/hooks'
import type { ItemStep, StepDocument } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { parsed, type Value, written } from '../parts/texts.ts'
import { keep, kept } from '../state/session.ts'
import { Fields } from './fields.tsx'
import { LongText } from './long-text.tsx'
import { TextValue } from './text-value.tsx'

const views = ['fields', 'json', 'raw'] as const
type View = (typeof views)[number]
const titles: Readonly<Record<View, string>> = { fields: 'Fields', json: 'JSON', raw: 'Raw' }

export function AnswerView({ item, step }: { item: ItemStep; step: StepDocument }) {
  const [view, setView] = useState<View>(kept<View>('view') ?? 'fields')
  const { answer, line, edited, reply } = item
  const value = useMemo(() => (answer === null || step.is_text ? null : valueIn(answer)), [answer, step.is_text])
  const show = (next: View) => {
    setView(next)
    keep('view', next)
  }
  useKeys('Answer', [
    { keys: ['v'], does: 'Fields, JSON, raw', run: () => show(views[(views.indexOf(view) + 1) % views.length]!) },
  ])
  return (
    <section class="pane answer" aria-labelledby="answer-title">
      <header class="pane-head">
        <h2 id="answer-title">Answer</h2>
        <div class="tabs" role="group" aria-label="View of the answer">
          {views.map((name) => (
            <button key={name} type="button" aria-pressed={view === name} onClick={() => show(name)}>
              {titles[name]}
            </button>
          ))}
          <kbd>V</kbd>
        </div>
      </header>
      <div class="pane-body" tabIndex={0} role="region" aria-label="Answer text">
        {line?.error && (
          <div class="failure">
            <b>{line.error.kind}</b>
            <p dir="auto">{line.error.message}</p>
          </div>
        )}
        {edited && (
          <p class="note">{`The answer was changed by hand in ${edited.path}. \`itemwise adopt\` makes that an edit.`}</p>
        )}
        {answer === null ? (
          reply === null ? (
            <p class="faint">There is no answer.</p>
          ) : (
            <>
              <h3>What came back</h3>
              <LongText text={reply} isCode />
            </>
          )
        ) : view === 'fields' ? (
          value === null ? (
            <TextValue text={answer} />
          ) : (
            <Fields value={value.value} ours={step.id_fields} />
          )
        ) : (
          <LongText text={view === 'json' && value !== null ? written(value.value, 2) : answer} isCode />
        )}
      </div>
    </section>
  )
}

function valueIn(text: string): { value: Value } | null {
  try {
    return { value: parsed(text) }
  } catch {
    return null
  }
}
