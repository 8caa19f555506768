/**
 * Rebuilds the ledger, the array and the errors of a step from what is left: their whole parts, the files below
 * items/, and the bases of this version. An answer is given up only if no copy of it can be read.
 */

import { type Entry, writeStep } from '../stages/collation.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { asStream } from '../text/as-stream.ts'
import { setAside, setEditedAside } from '../versions/set-aside.ts'
import { textIfThere } from '../versions/version-documents.ts'
import { Remains, type RemainsOf } from './remains.ts'

export interface Rebuilt {
  /** Answers that stand in the array now. */
  answers: number
  /** Items whose ledger line was lost and rebuilt: their cost is no longer known. */
  remade: string[]
  /** Items whose answer cannot be read from any copy. They count as failed. */
  lost: string[]
  /** Items whose answer in the collated file had been changed; the model's answer is back in its place. */
  edited: string[]
  /** Copies of the files as they were. */
  aside: string[]
}

interface Rebuilding extends RemainsOf {
  /** Whether the collated file was edited: then its copy is named so. */
  isEdited: boolean
}

/** What can be made of what is left. Writes nothing. */
export async function rebuilding(
  store: Store,
  ref: VersionRef,
  given: Rebuilding,
): Promise<Rebuilt & { entries: Entry[] }> {
  const remains = new Remains(store, ref, given)
  try {
    await remains.gather()
    const entries: Entry[] = []
    for (const line of remains.lines()) entries.push(await remains.entry(line))
    const { remade, lost, edited } = remains
    return { entries, answers: entries.filter(({ answer }) => answer !== null).length, remade, lost, edited, aside: [] }
  } finally {
    await remains.close()
  }
}

export async function rebuildStep(store: Store, ref: VersionRef, given: Rebuilding): Promise<Rebuilt> {
  const { step, isEdited } = given
  const { entries, ...rebuilt } = await rebuilding(store, ref, given)
  const files = stepFiles(ref, step.step)
  const collated = files.collated(step.output_file)
  const asides: [string, string | undefined][] = []
  for (const path of [files.ledger, collated, files.errors]) {
    const keepAside = isEdited && path === collated ? setEditedAside : setAside
    asides.push([path, await keepAside(store, ref, path)])
  }
  await writeStep(store, ref, { step, entries: asStream(entries) })
  for (const [path, aside] of asides) {
    if (aside === undefined) continue
    if (await haveSameText(store, path, aside)) await store.remove(aside)
    else rebuilt.aside.push(aside)
  }
  return rebuilt
}

async function haveSameText(store: Store, a: string, b: string): Promise<boolean> {
  if ((await store.size(a)) !== (await store.size(b))) return false
  return (await textIfThere(store, a)) === (await textIfThere(store, b))
}
