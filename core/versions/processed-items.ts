/** The items that a version processed itself, by root id: 2 in a rerun of two, whatever the size of its collated array. */

import { type Store, stepFiles, type VersionRef, versionFolder } from '../store.ts'
import { TextNumbers } from '../text/text-numbers.ts'
import { isAsked, ledgerPieces } from './ledger.ts'
import { processedRoot } from './plain-line.ts'
import { isCarried } from './read-proven-blocks.ts'
import { type VersionStep, versionSteps } from './version-steps.ts'

/**
 * The root ids a version asked the model for, in any step. Holds the ids, never the answers.
 * For a version without a ledger (older, or running) they come from its folders below items/.
 */
export async function processedItems(store: Store, ref: VersionRef): Promise<IdList> {
  const ids = new IdList()
  let ledgers = 0
  for (const { step } of withItems(await versionSteps(store, ref))) {
    if ((await store.size(stepFiles(ref, step).ledger)) === undefined) continue
    ledgers += 1
    for await (const id of processedRoots(store, ref, step)) ids.add(id)
  }
  if (ledgers === 0) for (const id of await itemFolders(store, ref)) ids.add(id)
  return ids
}

async function* processedRoots(store: Store, ref: VersionRef, step: number): AsyncGenerator<string> {
  for await (const piece of ledgerPieces(store, ref, { step, passes: isCarried })) {
    if ('texts' in piece) yield* piece.texts.map(processedRoot).filter((id) => id !== null)
    else if (isAsked(piece)) yield piece.root_id
  }
}

/** Different ids in the order in which they came. Takes half of what a Set takes. */
export class IdList {
  readonly #ids: string[] = []
  readonly #known = new TextNumbers()

  add(id: string): void {
    if (this.#known.has(id)) return
    this.#known.set(id, 0)
    this.#ids.push(id)
  }

  get size(): number {
    return this.#ids.length
  }

  has(id: string): boolean {
    return this.#known.has(id)
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#ids[Symbol.iterator]()
  }
}

/** The steps whose items are the run's items: those that descend from a file, else those after a single call, else the single calls. */
function withItems(steps: VersionStep[]): VersionStep[] {
  const batches = steps.filter((step) => step.batch_mode)
  const rooted = batches.filter((step) => step.rooted)
  return [rooted, batches, steps].find((some) => some.length > 0) ?? []
}

/** The ids that a version's folders below items/ are named after. */
export async function itemFolders(store: Store, ref: VersionRef): Promise<string[]> {
  const names = await store.list(`${versionFolder(ref)}/items`)
  return names.filter((name) => name.endsWith('/')).map((name) => decoded(name.slice(0, -1)))
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
