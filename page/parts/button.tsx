/** A button, which shows its key. */
import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'

interface ButtonProps {
  onClick: () => void
  children: ComponentChildren
  icon?: IconName
  /** As it is shown: `A`, `Ctrl Enter`. */
  shownKey?: string | undefined
  kind?: 'plain' | 'main' | 'quiet' | 'approve' | 'flag'
  disabled?: boolean
  pressed?: boolean
  /** What a screen reader says, if the text is short for lack of room. */
  label?: string
}

export function Button({ onClick, children, icon, shownKey, kind = 'plain', disabled, pressed, label }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button button-${kind}`}
      onClick={onClick}
      disabled={disabled}
      aria-pressed={pressed}
      aria-label={label}
      title={label}
    >
      {icon && <Icon name={icon} />}
      <span class="button-text">{children}</span>
      {shownKey && <kbd>{shownKey}</kbd>}
    </button>
  )
}
