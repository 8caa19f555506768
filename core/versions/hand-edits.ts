/** What a person changed in a version's files since it was written: answers in an array, the ledger, the files of items. */

import type { Store, VersionRef } from '../store.ts'
import type { HandEdit } from './hand-edited-file.ts'
import { itemFileEdits } from './item-file-edits.ts'
import { stepEdits } from './step-edits.ts'
import { placesOf } from './version-steps.ts'

// Reading more files than this would make `show` slow on a laptop and expensive on S3; the doctor reads all.
const mostItemFiles = 1000

/**
 * All edits of a version, step by step. Reads each array once if nothing was changed, and each ledger twice: its blocks are proven, and the
 * answers that the version asked for itself are then found among their lines.
 */
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
