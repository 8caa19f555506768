/** Leaves approved answers out of a rerun. */
import { NothingToDo, RequestRefused } from '../errors.ts'
import type { Store, VersionRef } from '../store.ts'
import { someOf } from '../text/nearest.ts'
import { reviewedItems } from './step-reviews.ts'

/** Throws RequestRefused if one of the ids that a person named has an approved answer. */
export async function refuseApproved(store: Store, ref: VersionRef, named: readonly string[]): Promise<void> {
  const approved = await approvedAmong(store, ref, named)
  if (approved.length === 0) return
  throw new RequestRefused([
    `The rerun with --keep-approved leaves approved items as they are, but names ${someOf(approved)}. Leave ${approved.length === 1 ? 'it' : 'them'} out, or leave --keep-approved out.`,
  ])
}

/** The ids without those of items with an approved answer. Throws NothingToDo if there are no others. */
export async function withoutApproved(
  store: Store,
  ref: VersionRef,
  { ids, warnings }: { ids: readonly string[]; warnings: readonly string[] },
): Promise<{ ids: string[]; warnings: string[] }> {
  const approved = new Set(await approvedAmong(store, ref, ids))
  if (approved.size === 0) return { ids: [...ids], warnings: [...warnings] }
  const left = ids.filter((id) => !approved.has(id))
  if (left.length === 0)
    throw new NothingToDo(
      `All chosen items of ${ref.version} of ${ref.pipeline} have an approved answer. Nothing was started.`,
    )
  const [items, stay] = approved.size === 1 ? ['item', 'stays as it is'] : ['items', 'stay as they are']
  const kept = `${approved.size} ${items} with an approved answer ${stay} (${someOf([...approved])}).`
  return { ids: left, warnings: [...warnings, kept] }
}

/** Those with an approved answer in any step: a rerun would ask for all of them. */
async function approvedAmong(store: Store, ref: VersionRef, ids: readonly string[]): Promise<string[]> {
  const among = new Set(ids)
  const approved = new Set<string>()
  for await (const { state, line } of reviewedItems(store, ref))
    if (state === 'approved' && among.has(line.root_id)) approved.add(line.root_id)
  return [...among].filter((id) => approved.has(id))
}
