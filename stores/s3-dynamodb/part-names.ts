/**
 * What lies below work/NN_parts/. A shard there holds what was kept of a thousand items, so that a chunk lists and reads only
 * what is near its own. A session is one keeper: `.open` says that it began and with which items, `.jsonl` is all it kept, put
 * when it ends; in between, what has no object of its own is an entry file. A session that packs says `.group` in the place of `.open`: its
 * answers have no objects of their own, and each entry file has those of a moment.
 */
import { stepNumber, type VersionRef, versionFolder } from '../../core/store.ts'

/** A listing answers with up to 1,000 names: those of 40 chunks of 25, as earlier releases made them, with two each, and room for failures. */
const itemsOfShard = 1000
const shardDigits = 6

/** Positions from first to last, both included. */
export interface Span {
  first: number
  last: number
}

export interface SessionName extends Span {
  kind: 'open' | 'group' | 'part'
  session: string
}

export interface EntryName extends Span {
  kind: 'entry'
  session: string
}

export function shardOf(item_index: number): number {
  return Math.max(0, Math.floor((item_index - 1) / itemsOfShard))
}

/** All positions that a shard may hold. */
export function spanOfShard(shard: number): Span {
  const first = shard * itemsOfShard + 1
  return { first: shard === 0 ? 0 : first, last: first + itemsOfShard - 1 }
}

export function shardFolder(ref: VersionRef, step: number, shard: number): string {
  return `${versionFolder(ref)}/work/${stepNumber(step)}_parts/${String(shard).padStart(shardDigits, '0')}`
}

export function openName({ first, last }: Span, session: string, grouped: boolean): string {
  return `${first}-${last}_${session}.${grouped ? 'group' : 'open'}`
}

export function partName({ first, last }: Span, session: string): string {
  return `${first}-${last}_${session}.jsonl`
}

/** `id`: of its first entry. */
export function entryName({ first, last }: Span, id: string): string {
  return `${first === last ? first : `${first}-${last}`}_${id}.json`
}

/** Ids sort as they were given: sessions by their time, entries by their number. */
export function entryId(session: string, number: number): string {
  return `${session}_${String(number).padStart(6, '0')}`
}

/** What a name says; undefined for one that is not ours. */
export function parsePartName(name: string): SessionName | EntryName | undefined {
  const session = /^(\d+)-(\d+)_([0-9A-Z]{26})\.(open|group|jsonl)$/.exec(name)
  if (session !== null) {
    const [, first, last, id = '', ending] = session
    const kind = ending === 'jsonl' ? 'part' : (ending as 'open' | 'group')
    return { kind, first: Number(first), last: Number(last), session: id }
  }
  const entry = /^(\d+)(?:-(\d+))?_([0-9A-Z]{26})_\d+\.json$/.exec(name)
  if (entry === null) return undefined
  const [, first, last = first, id = ''] = entry
  return { kind: 'entry', first: Number(first), last: Number(last), session: id }
}

export function overlap(a: Span, b: Span): boolean {
  return a.first <= b.last && b.first <= a.last
}
