/** Finds the saved request that makes a pipeline: people who see `movies_module_2` in `list` type `run movies_module_2`. */
import { RequestRefused } from '../core/errors.ts'
import { parseRequest, parseYaml } from '../core/request/parse-request.ts'
import type { Store } from '../core/store.ts'
import { readText } from '../core/versions/version-documents.ts'
import { fullPipelineName } from '../core/versions/versions.ts'
import { savedRequests } from './saved-request.ts'

/** The path of the only request of the pipeline that `word` names, in full or by its pipeline_name. Throws RequestRefused if several make it. */
export async function requestOfPipeline(store: Store, word: string): Promise<string | undefined> {
  const full: string[] = []
  const short: string[] = []
  for (const name of await savedRequests(store)) {
    const path = `pipelines/${name}`
    const names = await pipelineNames(store, path)
    if (names?.full === word) full.push(path)
    else if (names?.short === word) short.push(path)
  }
  const found = full.length > 0 ? full : short
  if (found.length <= 1) return found[0]
  throw new RequestRefused([
    `The pipeline ${word} is made by ${found.join(' and by ')}. Expected one request. Name the file.`,
  ])
}

/** Undefined of one that cannot be read, and of a one-off. */
async function pipelineNames(store: Store, path: string): Promise<{ full: string; short: string } | undefined> {
  try {
    const { request } = parseRequest(parseYaml(await readText(store, path), path), path)
    const short = request?.pipeline_name
    return short === undefined ? undefined : { short, full: fullPipelineName({ ...request, pipeline_name: short }) }
  } catch (error) {
    if (error instanceof RequestRefused) return undefined
    throw error
  }
}
