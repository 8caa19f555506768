/** Mentions hidden versions if a pipeline would otherwise look empty. */

import type { Store } from '../core/store.ts'
import { someOf } from '../core/text/nearest.ts'
import type { ListedPipeline } from '../workspace/list-versions.ts'

/** A line, or nothing if no pipeline looks empty. `name`: the one pipeline that was asked for. */
export async function hiddenText(store: Store, pipelines: readonly ListedPipeline[], name?: string): Promise<string> {
  const labels: string[] = []
  for (const { pipeline, versions, hidden } of pipelines) {
    if (versions.length > 0 || hidden === 0) continue
    // What cannot be read has been told already.
    for await (const { metadata } of store.records(pipeline, () => {})) labels.push(metadata.pipeline_status)
  }
  if (labels.length === 0) return ''
  const kinds = [...new Set(labels)].sort().map((label) => `${labels.filter((one) => one === label).length} ${label}`)
  const [versions, them] = labels.length === 1 ? ['version is', 'it'] : ['versions are', 'them']
  const which = name === undefined ? '' : ` ${pipelines[0]?.pipeline}`
  return `${labels.length} ${versions} hidden (${someOf(kinds)}): \`itemwise list${which} --all\` shows ${them}.\n`
}
