/** What a person changed in a version's files since it was written: answers in an array, the ledger, the files of items. */
import { itemFileEdits } from './item-file-edits.ts'
import { stepEdits } from './step-edits.ts'
import type { Store, VersionRef } from './store.ts'
import { placesOf } from './version-steps.ts'

/** One file that was changed. */
export interface HandEdit {
  path: string
  step: number
  /** What is different, with the ids, as the end of a sentence about the file: `was changed by hand: …`. */
  what: string
  /** The items whose answers are others now, or that are no items of the version. */
  ids: string[]
  /** Whether nothing may be built on it. The file of an item is for people: answers are carried out of the array. */
  blocks: boolean
  /** Whether the file cannot be read as what it is: it is missing, or it is no JSON array any more. */
  broken: boolean
}

// Reading more files than this would make `show` slow on a laptop and dear on S3; the doctor reads all.
const mostItemFiles = 1000

/** All edits of a version, step by step. Reads each ledger and array once where nothing was changed. */
export async function handEdits(store: Store, ref: VersionRef): Promise<HandEdit[]> {
  const metadata = (await store.version(ref))?.metadata
  const found: HandEdit[] = []
  let room = mostItemFiles
  for (const place of await placesOf(store, ref)) {
    found.push(...(await stepEdits(store, place, metadata)))
    const files = await itemFileEdits(store, place, room)
    room -= files.looked
    found.push(...files.edits)
  }
  return found
}

export function editSentence({ path, what }: HandEdit): string {
  return `${path} ${what}.`
}
