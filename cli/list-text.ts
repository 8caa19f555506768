/** The text of `itemwise list`. */
import type { VersionState } from '../core/store.ts'
import type { Tombstone } from '../core/versions/tombstone.ts'
import { removedList } from './removed-text.ts'
import { effortLines, originLines, rule, versionTitle, type Waiting, waitingLines } from './version-text.ts'

/** A version that is shown. */
export interface ListedVersion extends VersionState, Waiting {
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

/** A block a pipeline. `labels`: those that are shown, or null for all. */
export function listText(pipelines: readonly ListedPipeline[], labels: readonly string[] | null): string {
  return pipelines.map((pipeline) => pipelineText(pipeline, labels)).join('\n')
}

function pipelineText(listed: ListedPipeline, labels: readonly string[] | null): string {
  const { pipeline, removed = [] } = listed
  if (listed.isGone) {
    const which = removed.length === 0 ? '' : ` Removed: ${removedList(removed)}.`
    return `${pipeline}: no versions.${which}\n`
  }
  const versions = listed.versions.map((version) => `\n${versionText(version, listed.latest)}`)
  const left = removed.length === 0 ? '' : `\nRemoved from ${pipeline}: ${removedList(removed)}.\n`
  return `${headerLines(listed, labels).join('\n')}\n${versions.join('')}${left}`
}

function headerLines(
  { pipeline, latest, versions, hidden }: ListedPipeline,
  labels: readonly string[] | null,
): string[] {
  return [
    rule,
    `PIPELINE: ${pipeline}`,
    `Versions: ${versions.length}${hidden > 0 ? ` (hiding ${hidden})` : ''}`,
    `Latest: ${latest ?? '(none)'}`,
    ...(labels === null ? [] : filterLines(labels)),
    rule,
  ]
}

function filterLines(labels: readonly string[]): string[] {
  return [
    `Showing: ${[...labels].sort().join(', ')}`,
    'Tip: Use --all to show all versions, or --status <status> to filter',
  ]
}

function versionText(version: ListedVersion, latest: string | undefined): string {
  const about = [...originLines(version.metadata), ...waitingLines(version)]
  const lines = [...about, ...effortLines(version.metadata, version.items)]
  return `${[versionTitle(version, latest), ...lines.map((line) => `  ${line}`)].join('\n')}\n`
}
