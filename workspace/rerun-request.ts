/** A rerun as a program asks for it: as the command line does, and with new items. */
import { itemsInMemory } from '../core/items/conversion.ts'
import type { ApplyFields } from '../core/request/apply-input.ts'
import type { RerunFields } from '../core/request/rerun-input.ts'
import { withItemsInMemory } from '../core/request/rerun-steps.ts'
import type { RerunRequest as Rerun } from '../core/request/start.ts'
import { startOf } from '../core/request/start-input.ts'
import { InMemory, type Items } from './items-in-memory.ts'
import type { NewRun } from './place.ts'

/** Which items to run again, and on which version. At least one of `ids`, `failed`, `changed`, `flagged`, `unreviewed`, `where` and `sample` says it. */
export interface RerunRequest extends RerunFields {
  /** New items for the first step: all of them, those of the base included. Only those named in `ids` come in anew. */
  items?: Items
}

/** A rerun as a place begins it. Throws RequestRefused for a field that is wrong. */
export function preparedRerun({ items, ...rerun }: RerunRequest): NewRun {
  const inMemory = new InMemory()
  if (items !== undefined) inMemory.add(itemsInMemory(1), items)
  const { start } = startOf({ rerun })
  if (start.kind !== 'rerun') throw new Error('A rerun was read as something else.')
  const change: Rerun['change'] = (before) => {
    const request = start.rerun.change?.(before) ?? before
    return items === undefined ? request : { ...request, steps: withItemsInMemory(request.steps, new Set([1])) }
  }
  return { start: { kind: 'rerun', rerun: { ...start.rerun, change } }, input: { rerun }, inMemory }
}

/** The same for a version of edits. */
export function preparedApply(apply: ApplyFields): NewRun {
  const { start } = startOf({ apply })
  if (start.kind !== 'apply') throw new Error('An apply was read as something else.')
  return { start, input: { apply }, inMemory: new InMemory() }
}
