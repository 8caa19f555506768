/** Rewrites the item files and prompts that a killed process did not write, or that a power failure left empty. */
import { closeSync, statSync } from 'node:fs'
import type { Keep } from '../../core/documents.ts'
import { stepFiles } from '../../core/store.ts'
import { itemWrites, onDisk, promptWrite, type StepPlace } from './item-files.ts'
import { doItemWrite } from './item-writes.ts'
import { entryAt, type Journal, openOrMissing } from './journal.ts'
import type { Whereabouts } from './journal-places.ts'
import { writingNow } from './unwritable.ts'

/** Gives every kept answer its item file; the journal must be up to date. Returns how many were missing. Throws StoreUnwritable. */
export function repairItems(place: StepPlace, journal: Journal, keep: Keep): number {
  if (keep.items !== 'files' && keep.prompts !== 'files') return 0
  const journalFile = openOrMissing(journal.file)
  if (journalFile === undefined) return 0
  let repaired = 0
  try {
    for (const index of journal.items.keys()) {
      const at = journal.items.get(index)
      if (at?.answered && repairItem(place, { journalFile, at, replied: journal.replied.has(index), keep }))
        repaired += 1
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
  keep: Keep
}

function repairItem(place: StepPlace, { journalFile, at, replied, keep }: Suspect): boolean {
  const { kept, prompt } = entryAt(journalFile, at)
  const { segment } = kept.line
  if (segment === '') return false
  const files = stepFiles(place.ref, place.step)
  const path = files.output(segment)
  const hasFile = keep.items === 'files'
  const present = !hasFile || hasContent(place, path)
  const prompted = keep.prompts !== 'files' || hasContent(place, files.prompt(segment))
  if (present && prompted && !(hasFile && replied)) return false
  const writes = hasFile ? itemWrites(place, kept, replied) : []
  if (!prompted && prompt !== undefined) writes.push(promptWrite(place, segment, prompt))
  writingNow(path, () => {
    for (const write of writes) doItemWrite(write, place.fault)
  })
  return !present
}

function hasContent(place: StepPlace, path: string): boolean {
  return (statSync(onDisk(place, path), { throwIfNoEntry: false })?.size ?? 0) > 0
}
