/** Messages in the corner: what was done and can be undone, and what was refused. */
import { signal } from '@preact/signals'

export interface Toast {
  id: number
  text: string
  kind: 'done' | 'refused'
  action?: { name: string; shownKey?: string; run: () => void } | undefined
}

export const toasts = signal<readonly Toast[]>([])

let last = 0

/** What was done goes by itself, what was refused when it is read. Returns its id. */
export function tell(text: string, { kind = 'done', action }: Partial<Pick<Toast, 'kind' | 'action'>> = {}): number {
  last += 1
  const id = last
  const others = toasts.value.filter((toast) => kind === 'refused' || toast.kind === 'refused')
  toasts.value = [...others.slice(-3), { id, text, kind, action }]
  if (kind === 'done') setTimeout(() => dismiss(id), 6000)
  return id
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}
