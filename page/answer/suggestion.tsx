/** What the model answered beside an edited answer: it changes nothing until somebody takes it, as an edit of their own. */
import { useState } from 'preact/hooks'
import type { StepDocument, Suggestion } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { Button } from '../parts/button.tsx'
import { AnswerDiff } from './answer-diff.tsx'

interface SuggestionProps {
  suggestion: Suggestion
  step: StepDocument
  /** The edited answer, as it stands. */
  answer: string | null
  onTake: (text: string) => void
}

export function SuggestionNote({ suggestion, step, answer, onTake }: SuggestionProps) {
  const [isOpen, setOpen] = useState(false)
  const { version, answer: text, error, model } = suggestion
  const isOther = text !== null && text !== answer
  const take = () => text !== null && onTake(text)
  useKeys(
    'Suggestion',
    isOther
      ? [
          { keys: ['s'], does: 'Show the suggestion', run: () => setOpen(!isOpen) },
          { keys: ['y'], does: 'Take the suggestion', run: take },
        ]
      : [],
  )
  const who = `${model ?? 'The model'} in ${version}`
  return (
    <section class="note suggestion" aria-label="Suggestion">
      <p>
        {text === null
          ? `${who} was asked for a new answer, and there is none: ${error?.message ?? ''}`
          : isOther
            ? `${who} suggests another answer. The edit stays until you take it.`
            : `${who} answers the same.`}
      </p>
      {isOther && (
        <p class="suggestion-acts">
          <Button kind="quiet" shownKey="S" onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Hide it' : 'Show it'}
          </Button>
          <Button kind="quiet" shownKey="Y" onClick={take}>
            Take it
          </Button>
        </p>
      )}
      {isOther && isOpen && (
        <div class="suggestion-diff">
          <p class="faint">What the suggestion would change:</p>
          <AnswerDiff before={answer} after={text} isText={step.is_text} ours={step.id_fields} />
        </div>
      )}
    </section>
  )
}
