/** `itemwise list [pipeline]` */
import { jsonText } from '../core/json.ts'
import { processedItems } from '../core/processed-items.ts'
import type { Store, VersionRef, VersionState } from '../core/store.ts'
import { knownPipeline } from '../core/versions.ts'
import { type ListedPipeline, type ListedVersion, listText } from './list-text.ts'
import { openStore, type StoreFlags } from './open-store.ts'
import type { Terminal } from './terminal.ts'
import { hasStats } from './version-text.ts'

export interface ListOptions extends StoreFlags {
  json?: boolean
  all?: boolean
  status?: string[]
}

/** The labels that are shown where nobody asks for others. */
const usuallyShown = ['beta', 'rc', 'final']

/** Lists the versions of all pipelines or of one. Throws RequestRefused for an unknown one. */
export async function list([name]: string[], options: ListOptions, terminal: Terminal): Promise<number> {
  const store = await openStore(options, terminal)
  const names = name === undefined ? await store.pipelines() : [await knownPipeline(store, name)]
  const labels = options.all ? null : [...new Set(options.status ?? usuallyShown)]
  const pipelines: ListedPipeline[] = []
  for (const pipeline of names) pipelines.push(await listed(store, pipeline, labels))
  if (options.json) terminal.out(`${jsonText(pipelines.map(listDocument), 2)}\n`)
  else if (pipelines.length === 0) {
    terminal.out('No pipelines yet. Start one with `itemwise run pipelines/<name>.yaml`.\n')
  } else terminal.out(listText(pipelines, labels))
  return 0
}

async function listed(store: Store, pipeline: string, labels: readonly string[] | null): Promise<ListedPipeline> {
  const names = await store.versions(pipeline)
  const versions: ListedVersion[] = []
  for (const version of names) {
    const state = await store.version({ pipeline, version })
    if (state === undefined || (labels !== null && !labels.includes(state.metadata.pipeline_status))) continue
    versions.push({ ...state, items: await itemCount(store, { pipeline, version }, state) })
  }
  return { pipeline, latest: await store.latest(pipeline), versions, hidden: names.length - versions.length }
}

async function itemCount(store: Store, ref: VersionRef, { metadata }: VersionState): Promise<number> {
  return hasStats(metadata.stats) ? metadata.stats.processed : (await processedItems(store, ref)).size
}

function listDocument({ pipeline, latest, versions, hidden }: ListedPipeline): object {
  return {
    pipeline,
    latest: latest ?? null,
    hidden,
    versions: versions.map(({ metadata, alive, items }) => ({ ...metadata, alive, items_processed: items })),
  }
}
