/** The editor of an answer, in its place: fields or JSON, checked against the schema while somebody types; a draft survives a reload. */
import { lazy, Suspense } from 'preact/compat'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Json, StepDocument } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { Button } from '../parts/button.tsx'
import { parsed, type Value, written } from '../parts/texts.ts'
import { dropDraft, keepDraft } from '../state/drafts.ts'
import type { Answer } from '../state/reviews.ts'
import type { StepRef } from '../state/rows.ts'
import { FieldEditor } from './field-editor.tsx'

const JsonEditor = lazy(() => import('./json-editor.tsx'))

interface EditProps {
  on: StepRef
  step: StepDocument
  answer: Answer
  /** JSON text, or the text of a step without fields. */
  text: string
  /** What was written before a reload. */
  draft: string | null
  /** The answer as a JSON value, and as its text. */
  onSave: (value: Value, text: string) => void
  onLeave: () => void
}

export function Edit({ on, step, answer, text, draft, onSave, onLeave }: EditProps) {
  const [now, setNow] = useState(draft ?? text)
  const [asJson, setAsJson] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const value = step.is_text ? now : valueIn(now)
  const problems = useComplaints(step, value)
  const change = (next: string) => {
    setNow(next)
    if (next === text) dropDraft(on, answer.root_id)
    else keepDraft(on, answer, next)
  }
  const save = () => {
    if (value !== undefined && problems.length === 0 && now !== text) onSave(value, now)
  }
  const leave = () => {
    dropDraft(on, answer.root_id)
    onLeave()
  }
  useEffect(() => box.current?.querySelector<HTMLElement>('textarea, input, select')?.focus(), [])
  useKeys(
    'Editor',
    [
      { keys: ['Ctrl+Enter'], does: 'Save and go on', run: save, whileTyping: true },
      { keys: ['Escape'], does: 'Leave without saving', run: leave, whileTyping: true },
    ],
    { isAlone: true },
  )
  return (
    <div class="edit" ref={box}>
      {draft !== null && <p class="note">This is your draft from before.</p>}
      {step.is_text ? (
        <FieldEditor
          value={now}
          like={undefined}
          schema={undefined}
          name="Answer"
          onChange={(next) => change(String(next))}
        />
      ) : asJson || value === undefined ? (
        <Suspense fallback={<p class="waiting">Loading the editor …</p>}>
          <JsonEditor text={now} onChange={change} onSave={save} />
        </Suspense>
      ) : (
        <FieldEditor
          value={value}
          like={valueIn(text)}
          schema={step.output_schema ?? undefined}
          name=""
          ours={step.id_fields}
          onChange={(next) => change(written(next, 2))}
        />
      )}
      <div class="edit-end">
        <ul class="complaints" aria-live="polite">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
        {!step.is_text && (
          <Button kind="quiet" onClick={() => setAsJson(!asJson)} disabled={value === undefined}>
            {asJson ? 'Edit as fields' : 'Edit as JSON'}
          </Button>
        )}
        <Button kind="quiet" shownKey="Esc" onClick={leave}>
          Leave
        </Button>
        <Button
          kind="main"
          shownKey="Ctrl Enter"
          onClick={save}
          disabled={value === undefined || problems.length > 0 || now === text}
        >
          Save
        </Button>
      </div>
    </div>
  )
}

/** Undefined if it is no JSON. */
function valueIn(text: string): Value | undefined {
  try {
    return parsed(text)
  } catch {
    return undefined
  }
}

/** The checker is loaded with the first edit. */
function useComplaints({ output_schema, is_text, id_fields }: StepDocument, value: Value | undefined): string[] {
  const [problems, setProblems] = useState<string[]>([])
  useEffect(() => {
    let isWanted = true
    if (value === undefined) setProblems(['This is no JSON yet.'])
    else if (is_text || output_schema === null) setProblems([])
    else
      import('./schema-check.ts').then(({ complaints }) => {
        if (isWanted) setProblems(complaints(output_schema, withoutOurs(JSON.parse(written(value)), id_fields)))
      })
    return () => {
      isWanted = false
    }
  }, [value === undefined ? '' : written(value)])
  return problems
}

/** The schema is about what the model writes. */
function withoutOurs(value: Json, ours: readonly string[]): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => !ours.includes(name)))
}
