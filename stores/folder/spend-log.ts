/** The spend log: outputs/_spending/<month>.jsonl, one entry a line. Lines are only ever added. */
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type SpendEntry, spendEntry } from '../../core/documents.ts'
import { cutTornLine } from './journal.ts'
import { makeFolder } from './make-folder.ts'
import type { FolderContext } from './options.ts'
import { isMissing, names } from './reading.ts'
import { changingAlone } from './record-lock.ts'
import { writingNow } from './unwritable.ts'

export interface SpendLogPlace {
  folder: string
  /** The workspace path of the folder. */
  path: string
}

export async function spendMonths({ folder }: SpendLogPlace): Promise<string[]> {
  return (await names(folder)).flatMap((name) => /^(\d{4}-\d\d)\.jsonl$/.exec(name)?.[1] ?? []).sort()
}

/** A line that a power failure left torn takes its place, and says nothing. */
export function readSpendLog({ folder }: SpendLogPlace, month: string): { entries: SpendEntry[]; next: number } {
  const lines = wholeLines(fileOf(folder, month))
  return { entries: lines.flatMap((line) => parsed(line) ?? []), next: lines.length }
}

/** False if another process has added one meanwhile. Throws StoreUnwritable, VersionBusy. */
export function addSpend(
  place: SpendLogPlace,
  here: FolderContext,
  { month, next, entry }: { month: string; next: number; entry: SpendEntry },
): Promise<boolean> {
  const path = `${place.path}/${month}.jsonl`
  return changingAlone({ folder: place.folder, path }, here, () =>
    writingNow(path, () => {
      makeFolder(place.folder)
      const file = openSync(fileOf(place.folder, month), 'a+')
      try {
        cutTornLine(file)
        if (wholeLines(fileOf(place.folder, month)).length !== next) return false
        appendFileSync(file, `${JSON.stringify(entry)}\n`)
        return true
      } finally {
        closeSync(file)
      }
    }),
  )
}

function fileOf(folder: string, month: string): string {
  return join(folder, `${month}.jsonl`)
}

function wholeLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function parsed(line: string): SpendEntry | undefined {
  try {
    return spendEntry.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
