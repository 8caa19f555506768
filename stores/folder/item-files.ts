/** The files of one item below items/: its answer, or the reply that could not be used. */
import { mkdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { PathOutside } from '../../core/errors.ts'
import { type KeptItem, stepFiles, type VersionRef, versionFolder } from '../../core/store.ts'
import { writeWholeNow } from './atomic-write.ts'
import type { Fault, FaultPoint } from './options.ts'
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
  return join(folder, path.slice(versionFolder(ref).length))
}

/** A single-call step has no item folder: `collate` writes its answer. */
export function hasItemFiles({ line }: Pick<KeptItem, 'line'>): boolean {
  return line.segment !== ''
}

/** Segments come percent-encoded, so that none can name another folder. */
export function checkSegment(segment: string): void {
  if (segment === '.' || segment === '..' || /[/\\\0]/.test(segment)) throw new PathOutside(`items/${segment}`)
}

/** Writes what belongs to a kept item; `replied`: an earlier failure left a reply file, which goes when there is an answer. */
export function writeItemFiles(place: StepPlace, { line, answer, reply }: KeptItem, replied: boolean): void {
  const files = stepFiles(place.ref, place.step)
  if (answer !== null) {
    writeInItemFolder(place, { path: files.output(line.segment), text: `${answer}\n`, point: 'keep:item-temp-written' })
    place.fault?.('keep:item-written', files.output(line.segment))
  }
  if (reply !== null) {
    writeInItemFolder(place, { path: files.reply(line.segment), text: reply, point: 'keep:item-temp-written' })
    place.fault?.('keep:reply-written', files.reply(line.segment))
  } else if (answer !== null && replied) {
    rmSync(onDisk(place, files.reply(line.segment)), { force: true })
  }
}

// Blocking on purpose: measured on 10,000 items, half the processor time of the asynchronous calls, and nothing can come between.
function writeInItemFolder(
  place: StepPlace,
  { path, text, point }: { path: string; text: string; point: FaultPoint },
): void {
  const file = onDisk(place, path)
  const temporary = unfinishedFor(dirname(file), basename(file))
  mkdirSync(dirname(file), { recursive: true })
  writeWholeNow(text, { file, temporary, fault: place.fault, point })
}
