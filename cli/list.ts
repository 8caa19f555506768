/** `itemwise list [pipeline]` */
import type { Metadata } from '../core/documents.ts'
import { jsonText } from '../core/json.ts'
import { someOf } from '../core/nearest.ts'
import { processedItems } from '../core/processed-items.ts'
import type { Store, VersionRef } from '../core/store.ts'
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

/** Lists the versions of all pipelines or of one; exit code 1 where a record could not be read. Throws RequestRefused for an unknown pipeline. */
export async function list([name]: string[], options: ListOptions, terminal: Terminal): Promise<number> {
  const store = await openStore(options, terminal)
  const names = name === undefined ? await store.pipelines() : [await knownPipeline(store, name)]
  const labels = options.all ? null : [...new Set(options.status ?? usuallyShown)]
  const pipelines: Listed[] = []
  const unreadable: string[] = []
  const onUnreadable = ({ message }: Error) => void unreadable.push(message)
  for (const pipeline of names) pipelines.push(await listed(store, pipeline, { labels, onUnreadable }))
  if (options.json) terminal.out(`${jsonText(pipelines.map(listDocument), 2)}\n`)
  else if (pipelines.length === 0) {
    terminal.out('No pipelines yet. Start one with `itemwise run pipelines/<name>.yaml`.\n')
  } else {
    terminal.out(listText(pipelines, labels))
    terminal.note(hiddenText(pipelines, name === undefined ? '' : ` ${names[0]}`))
  }
  for (const message of unreadable) terminal.note(`Not listed: ${message}\n`)
  return unreadable.length === 0 ? 0 : 1
}

interface Listed extends ListedPipeline {
  /** Of those that are not shown. */
  hiddenLabels: string[]
}

/** A pipeline of which nothing is shown must not look empty. */
function hiddenText(pipelines: readonly Listed[], which: string): string {
  const labels = pipelines.flatMap(({ versions, hiddenLabels }) => (versions.length === 0 ? hiddenLabels : []))
  if (labels.length === 0) return ''
  const kinds = [...new Set(labels)].sort().map((label) => `${labels.filter((one) => one === label).length} ${label}`)
  const verb = labels.length === 1 ? 'is' : 'are'
  const hidden = `${labels.length} version${labels.length === 1 ? '' : 's'} ${verb} hidden (${someOf(kinds)})`
  return `${hidden}: \`itemwise list${which} --all\` shows ${labels.length === 1 ? 'it' : 'them'}.\n`
}

async function listed(
  store: Store,
  pipeline: string,
  { labels, onUnreadable }: { labels: readonly string[] | null; onUnreadable: (error: Error) => void },
): Promise<Listed> {
  const versions: ListedVersion[] = []
  const hiddenLabels: string[] = []
  for await (const { version, metadata, alive } of store.records(pipeline, onUnreadable)) {
    if (labels !== null && !labels.includes(metadata.pipeline_status)) hiddenLabels.push(metadata.pipeline_status)
    else versions.push({ metadata, alive, items: await itemCount(store, { pipeline, version }, metadata) })
  }
  return { pipeline, latest: await store.latest(pipeline), versions, hidden: hiddenLabels.length, hiddenLabels }
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
