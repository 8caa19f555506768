/** The elements of a collated array whose answers somebody has approved. */
import type { ResolvedStep } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import { reviewedItems } from '../core/reviews/step-reviews.ts'
import type { Store, VersionRef } from '../core/store.ts'
import type { Json } from '../core/text/json.ts'
import { editSentence } from '../core/versions/hand-edited-file.ts'
import { itemIdOf } from '../core/versions/item-id.ts'
import { stepEdits } from '../core/versions/step-edits.ts'
import { placeOf, type VersionStep } from '../core/versions/version-steps.ts'
import type { Changed } from './export-items.ts'

/** Says of each element whether its answer is approved; whoever edited one stands for it. Throws RequestRefused, also if the array was edited: nobody approved that text. */
export async function elementsApproved(
  store: Store,
  { ref, step }: { ref: VersionRef; step: VersionStep },
): Promise<(element: Json) => boolean> {
  const resolved = await reviewableStep(store, { ref, step, flag: '--approved' })
  const ids = new Set<string>()
  for await (const item of reviewedItems(store, ref))
    if (item.step === step.step && (item.state === 'approved' || item.edit === 'applied')) ids.add(item.line.item_id)
  return (element) => {
    const id = itemIdOf(element, resolved)
    return id !== undefined && ids.has(id)
  }
}

/** The step as it was run, if its array holds the answers that people reviewed. `flag`: that of the command. Throws RequestRefused. */
export async function reviewableStep(
  store: Store,
  { ref, step, flag }: { ref: VersionRef; step: VersionStep; flag: string },
): Promise<ResolvedStep> {
  const { resolved } = step
  if (resolved === null || !step.batch_mode)
    throw new RequestRefused([
      `Step ${step.step} (${step.prompt_name}) of ${ref.version} of ${ref.pipeline} ${resolved === null ? 'is of a version without run.json' : 'is a single call'}, so ${flag} cannot tell its items. Leave it out.`,
    ])
  const edits = (await stepEdits(store, placeOf(ref, step))).filter(({ blocks }) => blocks)
  if (edits.length === 0) return resolved
  throw new RequestRefused([
    ...edits.map(editSentence),
    `Nobody reviewed what was written by hand, so ${flag} exports nothing. Leave it out, or let \`itemwise doctor ${ref.pipeline} --fix\` restore the answers; it keeps what was edited.`,
  ])
}

/** The approved elements alone, on their way into a file. Throws as `elementsApproved` does. */
export async function onlyApproved(store: Store, of: { ref: VersionRef; step: VersionStep }): Promise<Changed> {
  const takes = await elementsApproved(store, of)
  return (elements) => taken(elements, takes)
}

/** Those elements that are taken. */
export async function* taken(elements: AsyncIterable<Json>, takes: (element: Json) => boolean): AsyncGenerator<Json> {
  for await (const element of elements) if (takes(element)) yield element
}
