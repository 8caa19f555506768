/** What stays of a version that was removed: outputs/<pipeline>/removed/<version>.json. It keeps the number, and the positions that items had. */
import * as z from 'zod'
import { RecordUnreadable } from '../errors.ts'
import { type Store, tombstonePath, type VersionRef } from '../store.ts'
import { jsonText } from '../text/json.ts'
import { textIfThere } from './version-documents.ts'

export const tombstone = z.object({
  version: z.string(),
  removed: z.string().describe('UTC'),
  status: z.string().describe('of the version when it was removed'),
  base_version: z.string().nullable(),
  cost_usd: z.number().nullable().describe('what its answers cost; null if that is not known'),
  steps: z
    .array(z.object({ step: z.int(), highest_item_index: z.int() }))
    .describe('the highest position that an item had, so that no new item gets it, or its sequential id, again'),
})
export type Tombstone = z.infer<typeof tombstone>

/** Undefined if the version was not removed. Throws RecordUnreadable. */
export async function readTombstone(store: Store, ref: VersionRef): Promise<Tombstone | undefined> {
  const path = tombstonePath(ref)
  const text = await textIfThere(store, path)
  if (text === undefined) return undefined
  try {
    return tombstone.parse(JSON.parse(text))
  } catch (cause) {
    throw new RecordUnreadable(
      `${path} cannot be read: it was changed or cut off. It says what is left of a version that was removed. Put it back as it was.`,
      { cause },
    )
  }
}

/** Throws StoreUnwritable. */
export async function writeTombstone(store: Store, ref: VersionRef, content: Tombstone): Promise<void> {
  await store.write(tombstonePath(ref), `${jsonText(content, 2)}\n`)
}

/** The versions of a pipeline that were removed, by number. */
export async function removedVersions(store: Store, pipeline: string): Promise<string[]> {
  const folder = tombstonePath({ pipeline, version: '' }).replace(/\/[^/]*$/, '')
  const versions = (await store.list(folder)).flatMap((name) => /^(v\d+)\.json$/.exec(name)?.[1] ?? [])
  return versions.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
}

/** Pipelines whose versions were all removed, sorted. */
export async function removedPipelines(store: Store): Promise<string[]> {
  const living = await store.pipelines()
  const names = (await store.list('outputs')).flatMap((name) => /^([^_.].*)\/$/.exec(name)?.[1] ?? [])
  const found: string[] = []
  for (const name of names)
    if (!living.includes(name) && (await removedVersions(store, name)).length > 0) found.push(name)
  return found
}

/**
 * Those of a pipeline, by number. `onUnreadable` is told of each that is damaged, and the others go on; without it the first one is
 * thrown. Throws RecordUnreadable.
 */
export async function tombstones(
  store: Store,
  pipeline: string,
  onUnreadable?: (error: RecordUnreadable) => void,
): Promise<Tombstone[]> {
  const found: Tombstone[] = []
  for (const version of await removedVersions(store, pipeline)) {
    const one = await readTombstone(store, { pipeline, version }).catch((error: unknown) => {
      if (onUnreadable === undefined || !(error instanceof RecordUnreadable)) throw error
      onUnreadable(error)
    })
    if (one) found.push(one)
  }
  return found
}
