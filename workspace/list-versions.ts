/** The versions of a pipeline, with their counts as they are now. */
import type { Metadata, Stats } from '../core/documents.ts'
import type { Store, VersionRef, VersionState } from '../core/store.ts'
import { type BatchRecord, batchesOut } from '../core/versions/message-batches.ts'
import { otherSizes } from '../core/versions/other-sizes.ts'
import { processedItems } from '../core/versions/processed-items.ts'
import type { Tombstone } from '../core/versions/tombstone.ts'
import { currentOf } from './current-version.ts'

/** A version that is shown. */
export interface ListedVersion extends VersionState {
  /** The message batches that it has with the API. */
  out?: readonly BatchRecord[]
  /** How many items it processed itself. */
  items: number
  /** Arrays that are not as long as they were written. */
  otherSizes: string[]
  /** Whether its record has no counts: it runs for the first time, was killed, or is older than counts. */
  neverEnded?: boolean
}

export interface ListedPipeline {
  pipeline: string
  latest: string | undefined
  /** Those shown, oldest first. */
  versions: ListedVersion[]
  /** How many more there are. */
  hidden: number
  /** Those that were removed, oldest first; undefined if nobody asked. */
  removed?: Tombstone[]
  /** Whether all were removed. */
  isGone?: boolean
}

/** Reads the records of a pipeline. `labels`: of the versions that are wanted, or null for all. */
export async function listed(
  { store, countable }: { store: Store; countable: boolean },
  pipeline: string,
  { labels, onUnreadable }: { labels: readonly string[] | null; onUnreadable: (error: Error) => void },
): Promise<ListedPipeline> {
  const versions: ListedVersion[] = []
  let hidden = 0
  for await (const { version, ...state } of store.records(pipeline, onUnreadable)) {
    if (labels !== null && !labels.includes(state.metadata.pipeline_status)) {
      hidden += 1
      continue
    }
    const ref = { pipeline, version }
    const { metadata } = await currentOf({ store, countable }, ref, state)
    const items = await itemCount(store, ref, metadata)
    const out = metadata.status !== 'completed' ? await batchesOut(store, ref) : []
    versions.push({
      metadata,
      alive: state.alive,
      items,
      out,
      otherSizes: [],
      neverEnded: !isCounted(state.metadata.stats),
    })
  }
  // On AWS that would be a request and more for each version.
  if (countable) await findOtherSizes(store, pipeline, versions)
  return { pipeline, latest: await store.latest(pipeline), versions, hidden }
}

/** Some versions at a time: each takes little more than a look into a folder. */
async function findOtherSizes(store: Store, pipeline: string, versions: ListedVersion[]): Promise<void> {
  for (let at = 0; at < versions.length; at += versionsAtOnce) {
    await Promise.all(
      versions.slice(at, at + versionsAtOnce).map(async (listed) => {
        listed.otherSizes = await otherSizes(store, { pipeline, version: listed.metadata.version }, listed.metadata)
      }),
    )
  }
}

const versionsAtOnce = 64

async function itemCount(store: Store, ref: VersionRef, { stats }: Metadata): Promise<number> {
  return isCounted(stats) ? stats.processed : (await processedItems(store, ref)).size
}

function isCounted(stats: Metadata['stats']): stats is Stats {
  return 'steps' in stats
}
