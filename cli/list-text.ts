/** The text of `itemwise list`. */
import type { ListedPipeline, ListedVersion } from '../workspace/list-versions.ts'
import { removedList } from './removed-text.ts'
import { effortLines, originLines, rule, versionTitle, waitingLines } from './version-text.ts'

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
