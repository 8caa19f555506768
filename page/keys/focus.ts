/** From one item to the next the focus goes along: whoever has pressed a button by Enter finds it under the same finger. */
import { useLayoutEffect } from 'preact/hooks'

/** What is to have the focus on the next screen; null if nothing is. */
let kept: string | null = null

/** Notes what has the focus, just before the screen is replaced by one of its kind. */
export function keepFocus(): void {
  const focused = document.activeElement
  kept = focused === document.body || focused === null ? null : nameOf(focused)
}

/** Gives the focus to what had it before, as soon as that is there and can be used. */
export function useKeptFocus(isReady: boolean): void {
  useLayoutEffect(() => {
    if (kept === null || document.activeElement !== document.body) return
    const found = [...document.querySelectorAll<HTMLElement>('main :is(button:enabled, [tabindex="0"])')]
    found.find((element) => nameOf(element) === kept)?.focus({ preventScroll: true })
    if (isReady) kept = null
  }, [isReady])
}

function nameOf(element: Element): string {
  return element.getAttribute('aria-label') ?? element.textContent ?? ''
}
