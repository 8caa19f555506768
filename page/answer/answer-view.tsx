/** An answer, in the view that somebody chose: its fields, its JSON, the raw reply, or what changed against another version. */
import { useMemo, useState } from 'preact/hooks'
import type { ItemStep, StepDocument } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { parsed, type Value, written } from '../parts/texts.ts'
import { keep, kept } from '../state/session.ts'
import { AnswerDiff } from './answer-diff.tsx'
import { Fields } from './fields.tsx'
import { LongText } from './long-text.tsx'
import { TextValue } from './text-value.tsx'

const views = ['fields', 'json', 'raw'] as const
type View = (typeof views)[number]
const titles: Readonly<Record<View, string>> = { fields: 'Fields', json: 'JSON', raw: 'Raw' }

/** The answer of another version, to compare with. */
export interface Other {
  version: string
  answer: string | null
}

interface AnswerViewProps {
  item: ItemStep
  step: StepDocument
  /** What somebody made of it and is not applied yet: JSON text, or text. */
  edit: string | null
  other: Other | null
}

export function AnswerView({ item, step, edit, other }: AnswerViewProps) {
  const [view, setView] = useState<View>(kept<View>('view') ?? 'fields')
  const { line, edited, reply } = item
  const answer = edit ?? item.answer
  const against = other ?? (edit === null ? null : { version: 'the model', answer: item.answer })
  const value = useMemo(() => (answer === null || step.is_text ? null : valueIn(answer)), [answer, step.is_text])
  const show = (next: View) => {
    setView(next)
    keep('view', next)
  }
  useKeys('Answer', [
    { keys: ['v'], does: 'Fields, JSON, raw', run: () => show(views[(views.indexOf(view) + 1) % views.length]!) },
  ])
  return (
    <>
      <div class="tabs answer-tabs" role="group" aria-label="View of the answer">
        {views.map((name) => (
          <button key={name} type="button" aria-pressed={view === name} onClick={() => show(name)}>
            {titles[name]}
          </button>
        ))}
        <kbd>V</kbd>
      </div>
      {line?.error && (
        <div class="failure">
          <b>{line.error.kind}</b>
          <p dir="auto">{line.error.message}</p>
        </div>
      )}
      {edited && (
        <p class="note">{`The answer was changed by hand in ${edited.path}. \`itemwise adopt\` makes that an edit.`}</p>
      )}
      {edit !== null && <p class="note note-edit">This edit is not applied yet: the next version has it.</p>}
      {answer === null ? (
        <NoAnswer reply={reply} />
      ) : against !== null && view === 'fields' ? (
        <>
          <p class="faint">{`What changed against ${against.version}:`}</p>
          {against.answer === answer ? (
            <p class="note note-edit">Nothing: the answers are the same.</p>
          ) : (
            <AnswerDiff before={against.answer} after={answer} isText={step.is_text} ours={step.id_fields} />
          )}
        </>
      ) : view !== 'fields' ? (
        <LongText text={view === 'json' && value !== null ? written(value.value, 2) : answer} isCode />
      ) : value === null ? (
        <TextValue text={answer} />
      ) : (
        <Fields value={value.value} ours={step.id_fields} />
      )}
    </>
  )
}

function NoAnswer({ reply }: { reply: string | null }) {
  if (reply === null) return <p class="faint">There is no answer.</p>
  return (
    <>
      <h3>What came back</h3>
      <LongText text={reply} isCode />
    </>
  )
}

function valueIn(text: string): { value: Value } | null {
  try {
    return { value: parsed(text) }
  } catch {
    return null
  }
}
