/** Which version a person means. */
import { RequestRefused } from '../core/errors.ts'
import { oneOffs, type Store, tombstonePath, type VersionRef, type VersionState } from '../core/store.ts'
import { knownPipeline, knownVersion } from '../core/versions/versions.ts'

export interface FoundVersion {
  ref: VersionRef
  state: VersionState
}

/**
 * The version that `word` means: `v1`, `1`, `latest`, or `@final` for the newest completed one with that label.
 * Without it the latest, or the newest if none is completed. The id of a one-off run stands for the run.
 * Throws RequestRefused.
 */
export async function findVersion(store: Store, pipeline: string, word?: string): Promise<FoundVersion> {
  const ref =
    (await oneOff(store, pipeline, word)) ?? (await versionOf(store, await knownPipeline(store, pipeline), word))
  const state = await store.version(ref)
  if (state !== undefined) return { ref, state }
  if (ref.pipeline === oneOffs && (await store.size(tombstonePath(ref))) !== undefined)
    throw new RequestRefused([`The one-off run ${ref.version} was removed.`])
  throw new RequestRefused([
    `${ref.pipeline} ${ref.version} has no record. Expected metadata.json in its folder. \`itemwise list ${ref.pipeline} --all\` shows what there is.`,
  ])
}

async function versionOf(store: Store, pipeline: string, word?: string): Promise<VersionRef> {
  const latest =
    word === undefined ? ((await store.latest(pipeline)) ?? (await store.versions(pipeline)).at(-1)) : undefined
  return { pipeline, version: latest ?? (await knownVersion(store, pipeline, word ?? 'latest')) }
}

/** `show <run id>` and `show _runs <run id>`. */
async function oneOff(store: Store, pipeline: string, word?: string): Promise<VersionRef | undefined> {
  if (pipeline === oneOffs && word !== undefined) return { pipeline, version: word }
  return word === undefined && (await isOneOff(store, pipeline)) ? { pipeline: oneOffs, version: pipeline } : undefined
}

/** Whether a word is the id of a one-off run, which stands for pipeline and version. */
export async function isOneOff(store: Store, word: string): Promise<boolean> {
  // A run that was started on AWS by somebody else's program has a UUID.
  return (
    /^([0-9A-HJKMNP-TV-Z]{26}|[0-9a-f-]{36})$/.test(word) &&
    (await store.version({ pipeline: oneOffs, version: word })) !== undefined
  )
}
