/** Finds the pipeline of a saved request: people who typed `run movies` continue with `rerun movies`. */
import { RequestRefused } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import { readText } from '../core/versions/version-documents.ts'
import { fullPipelineName } from '../core/versions/versions.ts'
import { FolderStore } from '../stores/folder.ts'
import type { StoreFlags } from './place-flags.ts'
import { openPlace } from './places/open-place.ts'
import { savedRequestsNamed } from './saved-request.ts'
import type { Terminal } from './terminal.ts'
import { workspaceIfAny } from './workspace.ts'

/** The pipeline that the saved request of this name makes; the word itself if it is a pipeline, or names no request. */
export async function pipelineOfRequest(word: string, flags: StoreFlags, terminal: Terminal): Promise<string> {
  const root = workspaceIfAny(terminal.cwd, flags.workspace)
  if (root === undefined) return word
  const workspace = new FolderStore(root)
  const [path, ...others] = await savedRequestsNamed(workspace, word)
  if (path === undefined || others.length > 0) return word
  const known = await (await (await openPlace(flags, terminal)).store()).pipelines()
  const made = known.includes(word) ? undefined : await pipelineOf(workspace, path)
  return made !== undefined && known.includes(made) ? made : word
}

/** Undefined if the request cannot be read, or is a one-off. The YAML reader is slow to load and seldom needed. */
async function pipelineOf(workspace: Store, path: string): Promise<string | undefined> {
  const { parseRequest, parseYaml } = await import('../core/request/parse-request.ts')
  try {
    const { request } = parseRequest(parseYaml(await readText(workspace, path), path), path)
    return request?.pipeline_name && fullPipelineName({ ...request, pipeline_name: request.pipeline_name })
  } catch (error) {
    if (error instanceof RequestRefused) return undefined
    throw error
  }
}
