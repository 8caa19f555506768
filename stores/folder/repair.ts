/** Writes again the item files that a killed process no longer wrote, or that a lost power supply left empty. */
import { closeSync, statSync } from 'node:fs'
import { stepFiles } from '../../core/store.ts'
import { onDisk, type StepPlace, writeItemFiles } from './item-files.ts'
import { type Journal, keptAt, openOrMissing, type Whereabouts } from './journal.ts'
import { writingNow } from './unwritable.ts'

/** Gives every kept answer its item file; the journal must have caught up. Returns how many were missing. Throws StoreUnwritable. */
export function repairItems(place: StepPlace, journal: Journal): number {
  const journalFile = openOrMissing(journal.file)
  if (journalFile === undefined) return 0
  let repaired = 0
  try {
    for (const [index, at] of journal.items) {
      if (repairItem(place, { journalFile, at, replied: journal.replied.has(index) })) repaired += 1
    }
  } finally {
    closeSync(journalFile)
  }
  return repaired
}

interface Suspect {
  journalFile: number
  at: Whereabouts
  replied: boolean
}

function repairItem(place: StepPlace, { journalFile, at, replied }: Suspect): boolean {
  if (!at.answered || at.segment === '') return false
  const path = stepFiles(place.ref, place.step).output(at.segment)
  const present = (statSync(onDisk(place, path), { throwIfNoEntry: false })?.size ?? 0) > 0
  if (present && !replied) return false
  writingNow(path, () => writeItemFiles(place, keptAt(journalFile, at), replied))
  return !present
}
