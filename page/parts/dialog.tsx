/** A window over the page. The browser keeps the focus inside; what had it before has it again when the window is closed. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { type Key, useKeys } from '../keys/keys.ts'
import { Button } from './button.tsx'

interface DialogProps {
  title: string
  onClose: () => void
  children: ComponentChildren
  isWide?: boolean
  /** Its keys; all others rest. */
  keys?: readonly Key[]
}

/** What has the focus at first: where something is typed, else where something is chosen. */
const firsts = ['textarea, input:not([type=checkbox]), select', ':scope > header ~ * :is(button, input, a):enabled']

export function Dialog({ title, onClose, children, isWide = false, keys = [] }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = element.current
    const before = document.activeElement
    dialog?.showModal()
    // The browser would take the first, which closes it: somebody who types on would lose what they type.
    const first = firsts.map((kind) => dialog?.querySelector<HTMLElement>(kind)).find(Boolean)
    first?.focus()
    return () => {
      dialog?.close()
      // The browser gives it back only if the window is closed before it is taken out of the page, and here it is gone already.
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus()
    }
  }, [])
  useKeys(title, [...keys, { keys: ['Escape'], does: 'Close', run: onClose, whileTyping: true }], { isAlone: true })
  return (
    <dialog
      ref={element}
      class={`dialog${isWide ? ' dialog-wide' : ''}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <header>
        <h2>{title}</h2>
        <Button kind="quiet" icon="close" label="Close" onClick={onClose}>
          {''}
        </Button>
      </header>
      {children}
    </dialog>
  )
}
