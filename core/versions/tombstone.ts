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

/** Those of a pipeline, by number. Throws RecordUnreadable. */
export async function tombstones(store: Store, pipeline: string): Promise<Tombstone[]> {
  const folder = tombstonePath({ pipeline, version: '' }).replace(/\/[^/]*$/, '')
  const versions = (await store.list(folder)).flatMap((name) => /^(v\d+)\.json$/.exec(name)?.[1] ?? [])
  const found: Tombstone[] = []
  for (const version of versions.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))) {
    const one = await readTombstone(store, { pipeline, version })
    if (one !== undefined) found.push(one)
  }
  return found
}
