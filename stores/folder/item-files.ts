/** The files of one item below items/: its answer, or the reply that could not be used. */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { PathOutside } from '../../core/errors.ts'
import { type KeptItem, stepFiles, stepNumber, type VersionRef, versionFolder } from '../../core/store.ts'
import type { ItemWrite } from './item-writes.ts'
import type { Fault } from './options.ts'
import { entries } from './reading.ts'
import { unfinishedFor } from './unfinished.ts'

/** Where one step of one version keeps its files: on disk, and by workspace path. */
export interface StepPlace {
  ref: VersionRef
  step: number
  /** The version's real folder. */
  folder: string
  fault: Fault | undefined
}

/** The file on disk of a workspace path inside the version. */
export function onDisk({ ref, folder }: StepPlace, path: string): string {
  return folder + path.slice(versionFolder(ref).length)
}

/** A single-call step has no item folder: `collate` writes its answer. */
export function hasItemFiles({ line }: Pick<KeptItem, 'line'>): boolean {
  return line.segment !== ''
}

/** Whether any item has an answer of this step below items/. */
export async function hasAnswers(items: string, step: number): Promise<boolean> {
  for (const { name } of await entries(items))
    if (existsSync(join(items, name, `${stepNumber(step)}_output.json`))) return true
  return false
}

/** Segments come percent-encoded, so that none can name another folder. */
export function checkSegment(segment: string): void {
  if (segment === '.' || segment === '..' || /[/\\\0]/.test(segment)) throw new PathOutside(`items/${segment}`)
}

/** The writes that belong to a kept item. `replied`: an earlier failure left a reply file, which an answer removes. */
export function itemWrites(place: StepPlace, { line, answer, reply }: KeptItem, replied: boolean): ItemWrite[] {
  const files = stepFiles(place.ref, place.step)
  const writes: ItemWrite[] = []
  const whole = (kind: 'output' | 'reply', path: string, text: string) => {
    const file = onDisk(place, path)
    writes.push({ kind, file, temporary: temporaryFor(place, file), text })
  }
  if (answer !== null) whole('output', files.output(line.segment), `${answer}\n`)
  if (reply !== null) whole('reply', files.reply(line.segment), reply)
  else if (answer !== null && replied) writes.push({ kind: 'remove', file: onDisk(place, files.reply(line.segment)) })
  return writes
}

/** The write of a prompt; `segment` is null in a single-call step. */
export function promptWrite(place: StepPlace, segment: string | null, text: string): ItemWrite {
  return { kind: 'prompt', file: onDisk(place, stepFiles(place.ref, place.step).prompt(segment)), text }
}

/** In work/, which stays small: ext4 takes a third longer to make a file in a new folder, or a name in a folder of 10,000. */
function temporaryFor({ folder }: StepPlace, file: string): string {
  return unfinishedFor(`${folder}/work`, `${basename(dirname(file))}_${basename(file)}`)
}
