/** What versions are called, where a pipeline is kept, and which version a word such as `latest` means. */
import { RequestRefused } from '../errors.ts'
import type { RunRequest } from '../request.ts'
import { type Store, tombstonePath } from '../store.ts'
import { didYouMean, someOf } from '../text/nearest.ts'

/** `problem_generator_module_4_path_b` */
export function fullPipelineName({
  pipeline_name,
  module_number,
  path_letter,
}: Pick<RunRequest, 'module_number' | 'path_letter'> & { pipeline_name: string }): string {
  return `${pipeline_name}${module_number === undefined ? '' : `_module_${module_number}`}${path_letter === undefined ? '' : `_path_${path_letter}`}`
}

/** 12 of `v12`. */
export function versionNumber(version: string): number {
  return Number(version.slice(1))
}

/** The name of a pipeline that exists. Throws RequestRefused with the nearest names. */
export async function knownPipeline(store: Store, pipeline: string): Promise<string> {
  const name = pipeline.replace(/^outputs\//, '').replace(/\/+$/, '')
  const all = await store.pipelines()
  if (all.includes(name)) return name
  const known =
    all.length === 0
      ? ' There are no pipelines in this workspace yet; `itemwise run` starts one.'
      : ` Pipelines: ${someOf(all)}.`
  throw new RequestRefused([`There is no pipeline ${name}.${didYouMean(name, all) || known}`])
}

/**
 * The version that `v3`, `3`, `latest` or `@final` means in a pipeline.
 * Throws RequestRefused if there is none.
 */
export async function knownVersion(store: Store, pipeline: string, word: string): Promise<string> {
  if (word === 'latest') {
    const latest = await store.latest(pipeline)
    if (latest !== undefined) return latest
    throw new RequestRefused([
      `${pipeline} has no completed version yet, so no latest. \`itemwise list ${pipeline} --all\` shows what there is.`,
    ])
  }
  if (word.startsWith('@')) return labelledVersion(store, pipeline, word.slice(1))
  const version = /^\d+$/.test(word) ? `v${word}` : word
  const versions = await store.versions(pipeline)
  if (versions.includes(version)) return version
  if (/^v\d+$/.test(version) && (await store.size(tombstonePath({ pipeline, version }))) !== undefined)
    throw new RequestRefused([`${pipeline} ${version} was removed. Versions: ${someOf(versions, 20) || 'none'}.`])
  throw new RequestRefused([`${pipeline} has no version ${word}. Versions: ${someOf(versions, 20)}.`])
}

async function labelledVersion(store: Store, pipeline: string, label: string): Promise<string> {
  const labels = new Set<string>()
  for (const version of (await store.versions(pipeline)).reverse()) {
    const state = await store.version({ pipeline, version })
    if (state?.metadata.status !== 'completed') continue
    if (state.metadata.pipeline_status === label) return version
    labels.add(state.metadata.pipeline_status)
  }
  const known =
    labels.size === 0 ? 'It has no completed version.' : `Labels of its completed versions: ${[...labels].join(', ')}.`
  throw new RequestRefused([
    `${pipeline} has no completed version labelled ${label}. ${known}${didYouMean(label, labels)}`,
  ])
}
