/** Asks for the words that go with a flag or a comment. */
import { useRef } from 'preact/hooks'
import type { Act } from '../api/shapes.ts'
import { useKeys } from '../keys/keys.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'

interface CommentDialogProps {
  act: Act
  about: string
  onDone: (comment: string) => void
  onClose: () => void
}

export function CommentDialog({ act, about, onDone, onClose }: CommentDialogProps) {
  const title = act === 'flag' ? `Flag ${about}` : `Comment on ${about}`
  return (
    <Dialog title={title} onClose={onClose}>
      <Words act={act} onDone={onDone} />
    </Dialog>
  )
}

function Words({ act, onDone }: Pick<CommentDialogProps, 'act' | 'onDone'>) {
  const input = useRef<HTMLTextAreaElement>(null)
  const save = () => {
    const comment = input.current?.value.trim() ?? ''
    if (act === 'flag' || comment !== '') onDone(comment)
  }
  useKeys('Comment', [{ keys: ['Ctrl+Enter'], does: 'Save', run: save, whileTyping: true }])
  return (
    <form
      class="words"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <label>
        {act === 'flag' ? 'What is wrong with it? (may stay empty)' : 'What do you want to note?'}
        <textarea
          ref={input}
          rows={3}
          dir="auto"
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey) return
            event.preventDefault()
            save()
          }}
        />
      </label>
      <div class="dialog-end">
        <Button kind={act === 'flag' ? 'flag' : 'main'} shownKey="Enter" onClick={save}>
          {act === 'flag' ? 'Flag' : 'Comment'}
        </Button>
      </div>
    </form>
  )
}
