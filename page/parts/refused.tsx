/** What the API said, with the way to ask again; or that it is on its way. */
import type { ComponentChildren } from 'preact'
import type { Refused } from '../api/call.ts'
import type { Resource } from '../state/resource.ts'
import { Button } from './button.tsx'

export function RefusedNote({ error, again }: { error: Refused; again?: () => void }) {
  return (
    <div class="refused" role="alert">
      <p>{error.message}</p>
      {again && <Button onClick={again}>Ask again</Button>}
    </div>
  )
}

/** Shows something fetched as soon as it is there. */
export function Shown<T>({ of, children }: { of: Resource<T>; children: (value: T) => ComponentChildren }) {
  const fetched = of.fetched.value
  if (fetched.value === null)
    return fetched.state === 'refused' ? (
      <RefusedNote error={fetched.error} again={of.again} />
    ) : (
      <p class="waiting">Loading …</p>
    )
  return (
    <>
      {fetched.state === 'refused' && <RefusedNote error={fetched.error} again={of.again} />}
      {children(fetched.value)}
    </>
  )
}
