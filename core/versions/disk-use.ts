/** How much space versions take, and with what. */
import { oneOffs, type Store, type StoredFile, type VersionRef } from '../store.ts'
import { packStep } from './packs.ts'
import { isPrunedMark } from './pruned-prompts.ts'

/** What the files of a version are, in the order in which they are shown. */
export const filePlaces = ['items', 'prompts', 'replies', 'collated', 'ledgers', 'work', 'other'] as const
export type FilePlace = (typeof filePlaces)[number]

export interface DiskUse {
  bytes: number
  /** Files, without folders. */
  files: number
  /** Those of single prompts and answers, which packs would hold. */
  single_files: number
  by: Record<FilePlace, number>
}

export interface VersionUse extends VersionRef, DiskUse {}

export interface WorkspaceUse {
  /** Everything below outputs/. */
  outputs: DiskUse
  versions: VersionUse[]
}

export function noUse(): DiskUse {
  return {
    bytes: 0,
    files: 0,
    single_files: 0,
    by: { items: 0, prompts: 0, replies: 0, collated: 0, ledgers: 0, work: 0, other: 0 },
  }
}

/** Adds one use to another. */
export function addUse(sum: DiskUse, { bytes, files, single_files, by }: DiskUse): void {
  sum.bytes += bytes
  sum.files += files
  sum.single_files += single_files
  for (const place of filePlaces) sum.by[place] += by[place]
}

/** What outputs/ takes, or one pipeline. Holds a few numbers a version. */
export async function diskUse(store: Store, pipeline?: string): Promise<WorkspaceUse> {
  const outputs = noUse()
  const versions = new Map<string, VersionUse>()
  const folder = pipeline === undefined ? 'outputs' : `outputs/${pipeline}`
  for await (const file of store.usageBelow(folder)) {
    const { ref, place } = placeOf(file.path)
    count(outputs, file, place)
    if (ref === undefined) continue
    const key = `${ref.pipeline}/${ref.version}`
    const version = versions.get(key) ?? { ...ref, ...noUse() }
    versions.set(key, version)
    count(version, file, place)
  }
  return { outputs, versions: [...versions.values()] }
}

function count(use: DiskUse, { path, bytes }: StoredFile, place: FilePlace): void {
  use.bytes += bytes
  use.by[place] += bytes
  if (path.endsWith('/')) return
  use.files += 1
  if ((place === 'items' || place === 'prompts') && packStep(path) === undefined) use.single_files += 1
}

function placeOf(path: string): { ref?: VersionRef; place: FilePlace } {
  const [, pipeline = '', version = '', ...rest] = path.split('/')
  const isVersion = pipeline === oneOffs ? version !== '' && version !== 'removed' : /^v\d+$/.test(version)
  if (!isVersion || pipeline === '' || rest.length === 0) return { place: 'other' }
  return { ref: { pipeline, version }, place: isPrunedMark(path) ? 'other' : placeInVersion(rest) }
}

function placeInVersion([first = '', ...below]: string[]): FilePlace {
  // The folder itself stays.
  if (below.length === 1 && below[0] === '') return 'other'
  if (first === 'items') return isReply(below) ? 'replies' : 'items'
  if (first === 'prompts' || first === 'collated' || first === 'work') return first
  return first === '.index' || /^\d\d_(ledger\.jsonl|errors\.json)$/.test(first) ? 'ledgers' : 'other'
}

function isReply(below: readonly string[]): boolean {
  return /^\d\d_reply\.txt$/.test(below.at(-1) ?? '')
}

/** Whether a path of a version is that of a reply that could not be used. */
export function isReplyPath(path: string): boolean {
  const { place } = placeOf(path)
  return place === 'replies'
}
