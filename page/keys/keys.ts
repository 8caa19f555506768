/** The keys of the page. They rest while somebody types. What is opened last is asked first. */
import { signal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'

export interface Key {
  /** As the browser names it (`j`, `ArrowDown`, `Escape`), with `Ctrl+` before it if that is meant. */
  keys: readonly string[]
  does: string
  run: () => void
  /** Whether it also works while somebody types. */
  whileTyping?: boolean
}

interface Layer {
  name: string
  keys: () => readonly Key[]
  /** Whether the layers below rest. */
  isAlone: boolean
  /** What is drawn inside something is above it. */
  order: number
}

/** What is open, the newest last. */
export const layers = signal<readonly Layer[]>([])

let drawn = 0

/** Listens as long as the component is shown. */
export function useKeys(name: string, keys: readonly Key[], { isAlone = false } = {}): void {
  const current = useRef(keys)
  const order = useRef(0)
  if (order.current === 0) {
    drawn += 1
    order.current = drawn
  }
  current.current = keys
  // Before the browser paints: whoever is fast has pressed the next key by then.
  useLayoutEffect(() => {
    const layer: Layer = { name, keys: () => current.current, isAlone, order: order.current }
    layers.value = [...layers.value, layer].sort((one, other) => one.order - other.order)
    return () => {
      layers.value = layers.value.filter((other) => other !== layer)
    }
  }, [name, isAlone])
}

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return
    const name = nameOf(event)
    const typing = isTyping(event.target)
    for (const layer of layers.value.toReversed()) {
      const found = layer
        .keys()
        .find(({ keys, whileTyping = false }) => keys.includes(name) && (!typing || whileTyping))
      if (found !== undefined) {
        // A button that has the focus is pressed by Enter and Space.
        if ((name === 'Enter' || name === ' ') && isPressable(event.target)) return
        event.preventDefault()
        found.run()
        return
      }
      if (layer.isAlone) return
    }
  })
}

function nameOf({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): string {
  const control = ctrlKey || metaKey ? 'Ctrl+' : ''
  const shift = shiftKey && key.length > 1 ? 'Shift+' : ''
  return `${control}${shift}${key}`
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
}

function isPressable(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a, summary, [role=option]') !== null
}
