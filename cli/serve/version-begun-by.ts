/** The version that a run began without having had the time to say so. */
import { FileMissing, RunFailed } from '../../core/errors.ts'
import { oneOffs, type Store, type VersionRef } from '../../core/store.ts'
import { readRun } from '../../core/versions/version-documents.ts'

export interface Beginning {
  run_id: string
  /** UTC: versions that are older are not looked at. */
  created: string
  pipeline: string
}

/** By run.json, from the newest version back to the first that is older than the run; null if there is none. */
export async function versionBegunBy(
  store: Store,
  { run_id, created, pipeline }: Beginning,
): Promise<VersionRef | null> {
  const newest = pipeline === oneOffs ? [run_id] : (await store.versions(pipeline)).reverse()
  for (const version of newest) {
    const ref = { pipeline, version }
    const run = await readRun(store, ref).catch(unreadable)
    if (run?.run_id === run_id) return ref
    if (run !== undefined && run.created < created) return null
  }
  return null
}

function unreadable(error: unknown): undefined {
  if (!(error instanceof FileMissing || error instanceof RunFailed)) throw error
}
