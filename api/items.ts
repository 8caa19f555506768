/** The routes below a version: its items, one of them, and the collated file of a step. */
import type * as z from 'zod'
import { findItem } from '../core/versions/find-item.ts'
import { ledgerPage } from '../core/versions/ledger-page.ts'
import type { Call } from './call.ts'
import { type itemDocument, type itemPage, itemStates } from './documents.ts'
import { FileAnswer } from './file-answer.ts'
import { withReviews } from './item-in-step.ts'
import { nextToken, refuseNext, wantedPage } from './page.ts'
import type { Ports } from './ports.ts'
import { HttpProblem } from './problem.ts'
import { notYet, stepIn, stepOfCall } from './step-in.ts'
import { versionIn } from './version-in.ts'

/** Keys of pages of items: the byte of the ledger where the next page begins. */
const itemKey = 'line#'

/** The items of a step, in the order of the input: their lines of the ledger. */
export async function listItems({ store }: Ports, call: Call): Promise<z.infer<typeof itemPage>> {
  const { limit, after } = wantedPage(call, itemKey)
  const number = call.number('step', 99) ?? 1
  const state = call.oneOf('state', itemStates)
  const from = after === undefined ? 0 : Number(after.slice(itemKey.length))
  const { ref } = await versionIn(store, call)
  const { step } = await stepIn(store, ref, number)
  const page = Number.isSafeInteger(from) ? await ledgerPage(store, ref, { step, state, limit, from }) : undefined
  if (page === undefined) throw refuseNext(call.query('next') ?? '')
  if (page === null) throw notYet(ref, step, 'items can be listed')
  const { found, last } = page
  return { ...ref, step, items: found, next: nextToken(last === undefined ? undefined : `${itemKey}${last}`) }
}

/** One item in every step that has it: its prompt, its answer, its line of the ledger. */
export async function showItem({ store, tables }: Ports, call: Call): Promise<z.infer<typeof itemDocument>> {
  const id = call.name('item_id')
  const number = call.number('step', 99)
  const { ref } = await versionIn(store, call)
  if (number !== undefined) await stepIn(store, ref, number)
  const found = await findItem(store, ref, id)
  const steps = found.filter(({ step }) => number === undefined || step === number)
  if (steps.length > 0) {
    const read = steps.map((step) => withReviews({ store, tables }, ref, step))
    return { ...ref, item_id: id, steps: await Promise.all(read) }
  }
  const where = number === undefined ? '' : ` in step ${number}`
  throw new HttpProblem('not-found', `${ref.pipeline} ${ref.version} has no item ${id}${where}.`)
}

/** The whole output of a step: by its address in the bucket, or else the file itself. */
export async function collatedFile({ store, links }: Ports, call: Call): Promise<FileAnswer> {
  const { ref } = await versionIn(store, call)
  const { step, collated } = await stepOfCall(store, ref, call)
  const size = await store.size(collated)
  if (size === undefined) throw notYet(ref, step, 'the file is there')
  return new FileAnswer({ path: collated, size, link: await links.linkTo(collated), read: () => store.read(collated) })
}
