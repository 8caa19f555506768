/** `itemwise list [pipeline]` */
import type { Store } from '../core/store.ts'
import { jsonText } from '../core/text/json.ts'
import { removedPipelines, tombstones } from '../core/versions/tombstone.ts'
import { knownPipeline } from '../core/versions/versions.ts'
import { type ListedPipeline, listed } from '../workspace/list-versions.ts'
import { hiddenText } from './hidden-text.ts'
import { listText } from './list-text.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import type { Terminal } from './terminal.ts'

export interface ListOptions extends StoreFlags {
  json?: boolean
  all?: boolean
  status?: string[]
}

/** The labels that are shown by default. */
const usuallyShown = ['beta', 'rc', 'final']

/** Lists the versions of all pipelines or of one; exit code 1 if a record could not be read. Throws RequestRefused for an unknown pipeline. */
export async function list([name]: [string?], options: ListOptions, terminal: Terminal): Promise<number> {
  const place = await openPlace(options, terminal)
  const store = await place.store()
  const labels = options.all ? null : [...new Set(options.status ?? usuallyShown)]
  const pipelines: ListedPipeline[] = []
  const unreadable: string[] = []
  const onUnreadable = ({ message }: Error) => void unreadable.push(message)
  const countable = place.countsUnfinished
  for (const { pipeline, isGone } of await namesOf(store, name, options.all === true)) {
    const one = await listed({ store, countable }, pipeline, { labels, onUnreadable })
    const removed = options.all ? { removed: await tombstones(store, pipeline, onUnreadable) } : {}
    pipelines.push({ ...one, ...removed, isGone })
  }
  if (options.json) terminal.out(`${jsonText(pipelines.map(listDocument), 2)}\n`)
  else if (pipelines.length === 0) {
    terminal.out('No pipelines yet. Start one with `itemwise run pipelines/<name>.yaml`.\n')
  } else terminal.out(listText(pipelines.map(withoutNews), labels))
  for (const text of edited(pipelines)) terminal.note(`Warning: ${text}\n`)
  for (const message of unreadable) terminal.note(`Not listed: ${message}\n`)
  if (!options.json) terminal.note(await hiddenText(store, pipelines, name))
  return unreadable.length === 0 ? 0 : 1
}

/** With `all` those, too, whose versions were all removed. */
async function namesOf(
  store: Store,
  name: string | undefined,
  all: boolean,
): Promise<{ pipeline: string; isGone: boolean }[]> {
  const gone = all ? await removedPipelines(store) : []
  const wanted = name?.replace(/^outputs\//, '').replace(/\/+$/, '')
  if (wanted !== undefined && gone.includes(wanted)) return [{ pipeline: wanted, isGone: true }]
  const living = name === undefined ? await store.pipelines() : [await knownPipeline(store, name)]
  const names = name === undefined ? [...living, ...gone].sort() : living
  return names.map((pipeline) => ({ pipeline, isGone: gone.includes(pipeline) }))
}

/** A sentence a version whose files are not as long as they were written. */
function edited(pipelines: readonly ListedPipeline[]): string[] {
  return pipelines.flatMap(({ pipeline, versions }) =>
    versions
      .filter(({ otherSizes }) => otherSizes.length > 0)
      .map(
        ({ metadata: { version }, otherSizes }) =>
          `${pipeline} ${version} was edited by hand (${otherSizes.join(', ')}). \`itemwise show ${pipeline} ${version}\` says what is different.`,
      ),
  )
}

/** The text of a version that never came to an end says how many items it has, and no more: people's scripts read it. */
function withoutNews(listed: ListedPipeline): ListedPipeline {
  const versions = listed.versions.map((version) =>
    version.neverEnded ? { ...version, metadata: { ...version.metadata, stats: {} } } : version,
  )
  return { ...listed, versions }
}

function listDocument({ pipeline, latest, versions, hidden, removed }: ListedPipeline): object {
  return {
    pipeline,
    latest: latest ?? null,
    hidden,
    versions: versions.map(({ metadata, alive, items, out = [], otherSizes }) => ({
      ...{ ...metadata, alive, items_processed: items },
      ...(out.length === 0 ? {} : { message_batches: out }),
      ...(otherSizes.length === 0 ? {} : { edited: otherSizes }),
    })),
    ...(removed === undefined || removed.length === 0 ? {} : { removed }),
  }
}
