/** Something that is fetched: it is on its way, there, or refused. */
import { type Signal, signal } from '@preact/signals'
import { useLayoutEffect, useMemo } from 'preact/hooks'
import { Refused } from '../api/call.ts'

export type Fetched<T> =
  | { state: 'waiting'; value: T | null }
  | { state: 'there'; value: T }
  | { state: 'refused'; value: T | null; error: Refused }

export interface Resource<T> {
  fetched: Signal<Fetched<T>>
  /** Fetches it again; what is shown stays until the new one is there. */
  again: () => void
}

/** Fetches when it is first shown, and anew when `key` changes. What is under way then is given up. `known`: what is shown until then. */
export function useFetched<T>(
  key: string,
  fetch: (signal: AbortSignal) => Promise<T>,
  known: T | null = null,
): Resource<T> {
  const resource = useMemo(() => {
    const fetched = signal<Fetched<T>>({ state: 'waiting', value: known })
    let under: AbortController | null = null
    const again = () => {
      under?.abort()
      const mine = new AbortController()
      under = mine
      fetch(mine.signal).then(
        (value) => {
          if (!mine.signal.aborted) fetched.value = { state: 'there', value }
        },
        (error: unknown) => {
          if (!mine.signal.aborted)
            fetched.value = { state: 'refused', value: fetched.value.value, error: refusal(error) }
        },
      )
    }
    return { fetched, again, stop: () => under?.abort() }
  }, [key])
  // Not after the next frame, as by useEffect: what is fetched is waited for.
  useLayoutEffect(() => {
    resource.again()
    return resource.stop
  }, [resource])
  return resource
}

/** What is no refusal of the API is a fault of the page. */
export function refusal(error: unknown): Refused {
  if (error instanceof Refused) return error
  return new Refused({ type: 'page', title: 'Failed', status: 0, detail: `The page failed: ${error}` })
}
