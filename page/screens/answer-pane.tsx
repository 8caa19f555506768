/** The middle of an item: its answer, the editor in its place, or what changed against another version. */
import { useState } from 'preact/hooks'
import { AnswerView } from '../answer/answer-view.tsx'
import { Edit } from '../answer/edit.tsx'
import { SuggestionNote } from '../answer/suggestion.tsx'
import type { ItemStep, Suggestion } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { Button } from '../parts/button.tsx'
import { parsed, written } from '../parts/texts.ts'
import { draftOf } from '../state/drafts.ts'
import { fetchItem } from '../state/items.ts'
import { useFetched } from '../state/resource.ts'
import { type Answer, saidOf } from '../state/reviews.ts'
import type { Version } from './version.ts'

interface AnswerPaneProps {
  version: Version
  item: ItemStep
  answer: Answer | null
  isEditing: boolean
  onEdit: (isEditing: boolean) => void
  /** `edit`: JSON text. */
  onSave: (edit: string) => void
  /** The same, and the item stays on the screen. */
  onTake: (edit: string, comment: string) => void
}

export function AnswerPane({ version, item, answer, isEditing, onEdit, onSave, onTake }: AnswerPaneProps) {
  const { ref, step, versions } = version
  const [against, setAgainst] = useState<string | null>(null)
  const others = versions.filter((one) => one.version !== ref.version && one.status === 'completed')
  const base = version.record?.base_version ?? others[0]?.version ?? null
  const edit = answer === null ? null : editOf(version, item, answer)
  const text = edit ?? item.answer
  const suggestion = item.line?.suggestion
  const draft = answer === null ? null : draftOf(ref, answer.root_id)
  const isOfThis = draft !== null && draft.answer_sha256 === answer?.answer_sha256
  useKeys('Answer pane', [
    { keys: ['c'], does: 'Compare with another version', run: () => setAgainst(against === null ? base : null) },
  ])
  return (
    <section class="pane answer" aria-labelledby="answer-title">
      <header class="pane-head">
        <h2 id="answer-title">Answer</h2>
        {others.length > 0 && !isEditing && (
          <label class="against">
            <span>
              Compare <kbd>C</kbd>
            </span>
            <select value={against ?? ''} onChange={({ currentTarget }) => setAgainst(currentTarget.value || null)}>
              <option value="">with no other</option>
              {others.map((one) => (
                <option key={one.version}>{one.version}</option>
              ))}
            </select>
          </label>
        )}
      </header>
      <div class="pane-body" tabIndex={0} role="region" aria-label="Answer text">
        {draft !== null && !isEditing && (
          <p class="note note-edit">
            {isOfThis ? 'There is a draft of yours. ' : 'There is a draft of yours about another answer. '}
            <Button kind="quiet" onClick={() => onEdit(true)}>
              Open the draft
            </Button>
          </p>
        )}
        {suggestion && edit === null && !isEditing && (
          <SuggestionNote
            key={answer?.answer_sha256}
            suggestion={suggestion}
            step={step}
            answer={item.answer}
            onTake={(taken) => onTake(written(step.is_text ? taken : parsed(taken)), takenText(suggestion))}
          />
        )}
        {isEditing && answer !== null && text !== null ? (
          <Edit
            on={ref}
            step={step}
            answer={answer}
            text={step.is_text ? text : pretty(text)}
            draft={draft?.text ?? null}
            onSave={(value, _text) => onSave(written(value))}
            onLeave={() => onEdit(false)}
          />
        ) : (
          <Compared version={version} item={item} edit={edit} against={against} />
        )}
      </div>
    </section>
  )
}

/** As the command line says it. */
function takenText({ model, version }: Suggestion): string {
  return `Takes what ${model ?? 'the model'} suggested in ${version}.`
}

interface ComparedProps {
  version: Version
  item: ItemStep
  edit: string | null
  against: string | null
}

function Compared({ version: { ref, step }, item, edit, against }: ComparedProps) {
  const id = item.line?.root_id ?? ''
  const other = useFetched(JSON.stringify([ref, id, against]), async (signal) => {
    if (against === null) return null
    const { steps } = await fetchItem({ ...ref, version: against }, id, signal)
    return { version: against, answer: steps.find((one) => one.step === ref.step)?.answer ?? null }
  })
  const fetched = other.fetched.value
  if (fetched.state === 'refused') return <p class="note">{fetched.error.message}</p>
  return <AnswerView item={item} step={step} edit={edit} other={against === null ? null : fetched.value} />
}

/** The answer as it was edited and not yet applied: here just now, or before. */
function editOf({ ref, step }: Version, { acts }: ItemStep, answer: Answer): string | null {
  const known = saidOf(ref, answer)
  if (known.edit !== 'waiting') return null
  const act = acts.findLast((one) => one.act === 'edit' && one.answer_sha256 === answer.answer_sha256)
  const text = known.written ?? (act?.answer === undefined ? null : JSON.stringify(act.answer))
  return text !== null && step.is_text ? JSON.parse(text) : text
}

function pretty(text: string): string {
  try {
    return written(parsed(text), 2)
  } catch {
    return text
  }
}
