/** Keys that scroll what is read, wherever the focus is: what has it, else the main part of the screen. */
import type { Key } from './keys.ts'

/** `main`: the part that is meant if the focus is in none that scrolls, as a selector. */
export function scrollKeys(main: string): Key[] {
  return [
    { keys: ['PageDown'], does: 'Scroll a page on', run: () => scroll(main, 1) },
    { keys: ['PageUp'], does: 'Scroll a page back', run: () => scroll(main, -1) },
  ]
}

function scroll(main: string, pages: number): void {
  const box = scrolling(document.activeElement) ?? scrolling(document.querySelector(main))
  // A line or two stay in view.
  box?.scrollBy({ top: pages * (box.clientHeight - 40) })
}

/** The element or the nearest one around it that has more than it shows. */
function scrolling(element: Element | null): Element | null {
  if (element === null || element === document.body) return null
  const isBox = ['auto', 'scroll'].includes(getComputedStyle(element).overflowY)
  return isBox && element.scrollHeight > element.clientHeight ? element : scrolling(element.parentElement)
}
