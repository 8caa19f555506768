/** The step that a call names. */
import type { Store, VersionRef } from '../core/store.ts'
import { type VersionStep, versionSteps } from '../core/versions/version-steps.ts'
import type { Call } from './call.ts'
import { HttpProblem } from './problem.ts'

/** By its number in the path. Throws HttpProblem. */
export function stepOfCall(store: Store, ref: VersionRef, call: Call): Promise<VersionStep> {
  const text = call.name('step')
  return stepIn(store, ref, /^[1-9]\d?$/.test(text) ? Number(text) : Number.NaN, text)
}

/** By its number; `said` is how it was called. Throws HttpProblem. */
export async function stepIn(
  store: Store,
  ref: VersionRef,
  number: number,
  said = String(number),
): Promise<VersionStep> {
  const steps = await versionSteps(store, ref)
  const found = steps.find(({ step }) => step === number)
  if (found !== undefined) return found
  const known = steps.map(({ step }) => step).join(', ')
  throw new HttpProblem('not-found', `${ref.pipeline} ${ref.version} has no step ${said}. Steps: ${known}.`)
}

/** For a step that has nothing to show yet. `what`: what is there later. */
export function notYet({ pipeline, version }: VersionRef, step: number, what: string): HttpProblem {
  return new HttpProblem(
    'not-found',
    `Step ${step} of ${pipeline} ${version} is not collated, so there is nothing to show. When its last item is done, ${what}.`,
  )
}
