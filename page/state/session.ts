/** What stays as long as the page: who reviews, whether the window is narrow, and what the browser keeps. */
import { signal } from '@preact/signals'
import { call } from '../api/call.ts'
import type { Session } from '../api/shapes.ts'

/** Null until it is known. */
export const session = signal<Session | null>(null)

export async function begin(): Promise<void> {
  session.value = await call<Session>('GET', ['session']).catch(() => null)
}

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
