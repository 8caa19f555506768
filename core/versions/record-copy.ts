/** The copy of a version's record beside its files, for stages that may not read the records themselves. */
import type * as z from 'zod'
import { metadata } from '../documents.ts'
import { type Store, type VersionRef, versionFolder } from '../store.ts'
import { textIfThere } from './version-documents.ts'

const copied = metadata.pick({ status: true, stats: true })

/** Undefined if there is none, or if it was damaged by hand: the record itself was read when the run began. */
export async function recordCopy(store: Store, ref: VersionRef): Promise<z.infer<typeof copied> | undefined> {
  const text = await textIfThere(store, `${versionFolder(ref)}/metadata.json`)
  if (text === undefined) return undefined
  try {
    return copied.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
