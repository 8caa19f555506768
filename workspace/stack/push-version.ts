/** Sends one completed version to AWS, where commands treat it like a version made there. */

import { RequestRefused } from '../../core/errors.ts'
import { type Store, tombstonePath, type VersionRef, versionFolder } from '../../core/store.ts'
import { checkBuildable } from '../../core/versions/edits-check.ts'
import { writeIndex } from '../../core/versions/rebuilt-index.ts'
import { readRun } from '../../core/versions/version-documents.ts'
import { placesOf } from '../../core/versions/version-steps.ts'
import type { FolderStore } from '../../stores/folder.ts'
import { recordVersion, refuseReserved } from '../../stores/import-into-cloud.ts'
import type { Stack } from './open-stack.ts'
import { sendAll } from './send-files.ts'

/**
 * Sends it after the versions it is based on, and returns their folders without those that are already there. Throws
 * RequestRefused if there is another version of that name, or this one is not completed.
 */
export async function pushVersion(stack: Stack, local: FolderStore, ref: VersionRef): Promise<string[]> {
  const { pipeline, version } = ref
  const metadata = (await local.version(ref))?.metadata
  if (metadata?.status !== 'completed')
    throw new RequestRefused([
      `${pipeline} ${version} is ${metadata === undefined ? 'not here' : `not completed (${metadata.status})`}. Expected a completed version. \`itemwise list ${pipeline} --all\` shows what there is.`,
    ])
  refuseReserved(ref)
  if (await isThere(stack, local, ref)) return []
  if ((await stack.store.size(tombstonePath(ref))) !== undefined)
    throw new RequestRefused([
      `${versionFolder(ref)} was removed on AWS, and its number is not used again. Nothing was sent.`,
    ])
  await checkBuildable(local, ref)
  const base = metadata.base_version === null ? null : { pipeline, version: metadata.base_version }
  const isWhole = base !== null && (await local.version(base))?.metadata.status === 'completed'
  const below = isWhole ? await pushVersion(stack, local, base) : []
  await sendAll(stack, local, filesOf(local, ref))
  await sendIndexes(stack, local, ref)
  await recordVersion(stack.place, ref, metadata)
  return [...below, versionFolder(ref)]
}

/** Throws RequestRefused if another version has the name. */
async function isThere({ store }: Stack, local: Store, ref: VersionRef): Promise<boolean> {
  if ((await store.version(ref)) === undefined) return false
  if ((await readRun(store, ref)).run_id === (await readRun(local, ref)).run_id) return true
  throw new RequestRefused([
    `${versionFolder(ref)} is a different version on AWS than here, so it was not overwritten.`,
  ])
}

/** Without its working files, and without its index: that is made from what is sent. */
async function* filesOf(local: FolderStore, ref: VersionRef): AsyncGenerator<string> {
  for await (const path of local.filesBelow(versionFolder(ref))) {
    const [top = ''] = path.slice(versionFolder(ref).length + 1).split('/')
    if (top !== 'work' && !top.startsWith('.')) yield path
  }
}

/** A version older than indexes gets them on the way. */
async function sendIndexes({ store }: Stack, local: Store, ref: VersionRef): Promise<void> {
  for (const place of await placesOf(local, ref)) await writeIndex(local, place, store)
}
