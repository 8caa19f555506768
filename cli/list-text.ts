/** The text of `itemwise list`. */
import type { VersionState } from '../core/store.ts'
import { effortLines, originLines, rule, versionTitle } from './version-text.ts'

/** A version that is shown. */
export interface ListedVersion extends VersionState {
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
}

/** A block a pipeline. `labels`: those that are shown, or null for all. */
export function listText(pipelines: readonly ListedPipeline[], labels: readonly string[] | null): string {
  return pipelines.map((pipeline) => pipelineText(pipeline, labels)).join('\n')
}

function pipelineText(listed: ListedPipeline, labels: readonly string[] | null): string {
  const versions = listed.versions.map((version) => `\n${versionText(version, listed.latest)}`)
  return `${headerLines(listed, labels).join('\n')}\n${versions.join('')}`
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
  const lines = [...originLines(version.metadata), ...effortLines(version.metadata, version.items)]
  return `${[versionTitle(version, latest), ...lines.map((line) => `  ${line}`)].join('\n')}\n`
}
