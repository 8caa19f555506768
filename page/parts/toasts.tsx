/** The messages in the corner. A screen reader says them. */
import { dismiss, toasts } from '../state/toasts.ts'
import { Button } from './button.tsx'

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, kind, action }) => (
        <div key={id} class={`toast toast-${kind}`}>
          <p>{text}</p>
          {action && (
            <Button
              kind="quiet"
              shownKey={action.shownKey}
              onClick={() => {
                dismiss(id)
                action.run()
              }}
            >
              {action.name}
            </Button>
          )}
          <Button kind="quiet" icon="close" label="Dismiss" onClick={() => dismiss(id)}>
            {''}
          </Button>
        </div>
      ))}
    </div>
  )
}
