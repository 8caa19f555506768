/** Keeps a copy of a file before it is overwritten. */
import { type Store, type VersionRef, versionFolder } from '../store.ts'

/** Whether a file was set aside by the doctor. */
export function isAside(name: string): boolean {
  return /\.(broken|edited)-\d+$/.test(name)
}

/**
 * Copies a file that is about to be overwritten to `<path>.broken-<n>`, so that nothing in it is lost, and returns that path.
 * A file in work/ is copied beside work/, since work/ is removed one day. For a missing or empty file: undefined.
 */
export function setAside(store: Store, ref: VersionRef, path: string): Promise<string | undefined> {
  return copied(store, ref, { path, why: 'broken' })
}

/** The same for a file that a person edited: `<path>.edited-<n>`. */
export function setEditedAside(store: Store, ref: VersionRef, path: string): Promise<string | undefined> {
  return copied(store, ref, { path, why: 'edited' })
}

/** The copies of a file that were set aside, the newest first. */
export async function setAsideOf(store: Store, path: string, why: 'broken' | 'edited'): Promise<string[]> {
  const at = path.lastIndexOf('/')
  const beginning = `${path.slice(at + 1)}.${why}-`
  const numbers = (await store.list(path.slice(0, at)))
    .filter((name) => name.startsWith(beginning) && /^\d+$/.test(name.slice(beginning.length)))
    .map((name) => Number(name.slice(beginning.length)))
  return numbers.sort((a, b) => b - a).map((number) => `${path}.${why}-${number}`)
}

async function copied(
  store: Store,
  ref: VersionRef,
  { path, why }: { path: string; why: 'broken' | 'edited' },
): Promise<string | undefined> {
  if (((await store.size(path)) ?? 0) === 0) return undefined
  const work = `${versionFolder(ref)}/work/`
  const place = path.startsWith(work) ? `${versionFolder(ref)}/${path.slice(work.length)}` : path
  for (let number = 1; ; number++) {
    const aside = `${place}.${why}-${number}`
    if ((await store.size(aside)) !== undefined) continue
    await store.write(aside, store.read(path))
    return aside
  }
}

/** The end of a sentence on what was done. */
export function asideText(...paths: (string | undefined)[]): string {
  const kept = paths.filter((path) => path !== undefined)
  return kept.length === 0 ? '' : ` What was there is kept as ${kept.join(', ')}.`
}

/** `3 answers`, `1 answer`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
