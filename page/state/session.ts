/** What stays as long as the page: who reviews, and whether the window is narrow. */
import { signal } from '@preact/signals'

const narrow = matchMedia('(max-width: 760px)')

/** Whether the window is that of a telephone. */
export const isNarrow = signal(narrow.matches)
narrow.addEventListener('change', () => {
  isNarrow.value = narrow.matches
})

/** What a browser keeps for the page, under a name; null if there is nothing, or nothing may be kept. */
export function kept<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(`itemwise ${name}`) ?? 'null')
  } catch {
    return null
  }
}

export function keep(name: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(`itemwise ${name}`)
    else localStorage.setItem(`itemwise ${name}`, JSON.stringify(value))
  } catch {
    // Private windows keep nothing; the page works all the same.
  }
}
