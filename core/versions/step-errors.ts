/** The failures of a step, as its errors file has them. */
import type { ErrorRow } from '../documents.ts'
import { RunFailed } from '../errors.ts'
import { type Store, stepFiles, type VersionRef } from '../store.ts'
import { textIfThere } from './version-documents.ts'

/** None if there is no such file. Throws RunFailed if it cannot be read. */
export async function stepErrors(store: Store, ref: VersionRef, step: number): Promise<ErrorRow[]> {
  const path = stepFiles(ref, step).errors
  const text = await textIfThere(store, path)
  if (text === undefined) return []
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RunFailed(`The failures cannot be read (${path}). Expected a JSON array. Put the file back as it was.`, {
      cause,
    })
  }
}
