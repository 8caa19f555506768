/** A window over the page. The browser keeps the focus inside, and gives it back when it is closed. */
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

export function Dialog({ title, onClose, children, isWide = false, keys = [] }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    // The browser would take the first, which closes it: somebody who types on would lose what they type.
    dialog?.querySelector<HTMLElement>('textarea, input:not([type=checkbox]), select')?.focus()
    return () => dialog?.close()
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
