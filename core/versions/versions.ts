/** What versions are called, where a pipeline is kept, and which version a word such as `latest` means. */
import { RequestRefused } from '../errors.ts'
import type { RunRequest } from '../request.ts'
import { oneOffs, type Store, tombstonePath } from '../store.ts'
import { didYouMean, someOf } from '../text/nearest.ts'
import { isRunId } from '../text/run-id.ts'
import { removedVersions } from './tombstone.ts'

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
  await refuseRemoved(store, name)
  const known =
    all.length === 0
      ? ' There are no pipelines in this workspace yet; `itemwise run` starts one.'
      : ` Pipelines: ${someOf(all)}.`
  throw new RequestRefused([`There is no pipeline ${name}.${didYouMean(name, all) || known}`])
}

/** Throws RequestRefused if a pipeline, or a one-off run, of that name was removed. */
async function refuseRemoved(store: Store, name: string): Promise<void> {
  if (/^[_.]|[/\\]/.test(name)) return
  const versions = await removedVersions(store, name)
  if (versions.length > 0) throw new RequestRefused([removedText(name, versions, [])])
  if (isRunId(name) && (await store.size(tombstonePath({ pipeline: oneOffs, version: name }))) !== undefined)
    throw new RequestRefused([`The one-off run ${name} was removed.`])
}

function removedText(pipeline: string, removed: readonly string[], versions: readonly string[]): string {
  const others = versions.length === 0 ? 'There are no other versions.' : `Versions: ${someOf(versions, 20)}.`
  return `${pipeline} ${someOf(removed)} ${removed.length === 1 ? 'was' : 'were'} removed. ${others}`
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
    throw new RequestRefused([removedText(pipeline, [version], versions)])
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
