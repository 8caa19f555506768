/** The run on this machine that some words name, if it has message batches with the API. */
import { RequestRefused } from '../../core/errors.ts'
import { oneOffs, type Store, type VersionRef } from '../../core/store.ts'
import { batchesOut } from '../../core/versions/message-batches.ts'
import { readRun } from '../../core/versions/version-documents.ts'
import { knownPipeline, knownVersion } from '../../core/versions/versions.ts'

export interface WaitingRun {
  ref: VersionRef
  /** Whether the stand-in answers it. */
  offline: boolean
}

/** The newest one if no version is named; null if there is none. */
export async function waitingRun(store: Store, words: readonly [string, string?]): Promise<WaitingRun | null> {
  for (const ref of await candidates(store, words)) {
    const { status } = (await store.version(ref))?.metadata ?? {}
    if (status === 'completed' || (await batchesOut(store, ref)).length === 0) continue
    const { stand_in: offline } = await readRun(store, ref)
    return { ref, offline }
  }
  return null
}

async function candidates(store: Store, [pipeline, version]: readonly [string, string?]): Promise<VersionRef[]> {
  const oneOff = { pipeline: oneOffs, version: pipeline }
  if (version === undefined && (await isThere(store, oneOff))) return [oneOff]
  try {
    const name = await knownPipeline(store, pipeline)
    const names = version === undefined ? await store.versions(name) : [await knownVersion(store, name, version)]
    return names.reverse().map((one) => ({ pipeline: name, version: one }))
  } catch (error) {
    if (error instanceof RequestRefused) return []
    throw error
  }
}

async function isThere(store: Store, ref: VersionRef): Promise<boolean> {
  return /^[\w-]+$/.test(ref.version) && (await store.version(ref)) !== undefined
}
