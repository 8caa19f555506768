/** `itemwise list [pipeline]` */
import type { Metadata } from '../core/documents.ts'
import { jsonText } from '../core/json.ts'
import { processedItems } from '../core/processed-items.ts'
import type { Store, VersionRef } from '../core/store.ts'
import { knownPipeline } from '../core/versions.ts'
import { hiddenText } from './hidden-text.ts'
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

/** Lists the versions of all pipelines or of one; exit code 1 where a record could not be read. Throws RequestRefused for an unknown pipeline. */
export async function list([name]: string[], options: ListOptions, terminal: Terminal): Promise<number> {
  const store = await openStore(options, terminal)
  const names = name === undefined ? await store.pipelines() : [await knownPipeline(store, name)]
  const labels = options.all ? null : [...new Set(options.status ?? usuallyShown)]
  const pipelines: ListedPipeline[] = []
  const unreadable: string[] = []
  const onUnreadable = ({ message }: Error) => void unreadable.push(message)
  for (const pipeline of names) pipelines.push(await listed(store, pipeline, { labels, onUnreadable }))
  if (options.json) terminal.out(`${jsonText(pipelines.map(listDocument), 2)}\n`)
  else if (pipelines.length === 0) {
    terminal.out('No pipelines yet. Start one with `itemwise run pipelines/<name>.yaml`.\n')
  } else terminal.out(listText(pipelines, labels))
  for (const message of unreadable) terminal.note(`Not listed: ${message}\n`)
  if (!options.json) terminal.note(await hiddenText(store, pipelines, name))
  return unreadable.length === 0 ? 0 : 1
}

async function listed(
  store: Store,
  pipeline: string,
  { labels, onUnreadable }: { labels: readonly string[] | null; onUnreadable: (error: Error) => void },
): Promise<ListedPipeline> {
  const versions: ListedVersion[] = []
  let hidden = 0
  for await (const { version, metadata, alive } of store.records(pipeline, onUnreadable)) {
    if (labels !== null && !labels.includes(metadata.pipeline_status)) hidden += 1
    else versions.push({ metadata, alive, items: await itemCount(store, { pipeline, version }, metadata) })
  }
  return { pipeline, latest: await store.latest(pipeline), versions, hidden }
}

async function itemCount(store: Store, ref: VersionRef, { stats }: Metadata): Promise<number> {
  return hasStats(stats) ? stats.processed : (await processedItems(store, ref)).size
}

function listDocument({ pipeline, latest, versions, hidden }: ListedPipeline): object {
  return {
    pipeline,
    latest: latest ?? null,
    hidden,
    versions: versions.map(({ metadata, alive, items }) => ({ ...metadata, alive, items_processed: items })),
  }
}
