/** What `compare --last-try` compares. */
import { RequestRefused } from '../core/errors.ts'
import { oneOffs, type Store } from '../core/store.ts'
import { processedItems } from '../core/versions/processed-items.ts'
import { type FoundVersion, findVersion } from '../workspace/find-version.ts'
import { lastTry, type TriedRequest } from './last-try.ts'

export interface Sides {
  a: FoundVersion
  b: FoundVersion
  /** Root ids: only these items are compared. */
  only?: ReadonlySet<string> | undefined
}

interface Wanted {
  pipeline: string
  version: string | undefined
  surplus: string | undefined
}

/**
 * The last try behind the version that is named. Without one: both runs if two stood side by side, else the latest version, else the
 * try before. Only the items that were tried. Throws RequestRefused.
 */
export async function triedSides(store: Store, { pipeline, version, surplus }: Wanted): Promise<Sides> {
  if (surplus !== undefined)
    throw new RequestRefused([
      `--last-try takes one version at most, but there are ${version} and ${surplus}. Leave one out.`,
    ])
  const tried = await lastTry(store, pipeline)
  if (tried === undefined)
    throw new RequestRefused([`Nothing was tried of ${pipeline} yet. \`itemwise try ${pipeline}\` does.`])
  const [first, second] = tried.last
  const isPair = version === undefined && second !== undefined
  const b = await findVersion(store, oneOffs, isPair ? second : first)
  const a = isPair ? await findVersion(store, oneOffs, first) : await otherSide(store, tried, version)
  return { a, b, only: new Set(await processedItems(store, b.ref)) }
}

async function otherSide(store: Store, { pipeline, before }: TriedRequest, version?: string): Promise<FoundVersion> {
  const hasVersions = pipeline !== null && (await store.pipelines()).includes(pipeline)
  if (hasVersions && (version !== undefined || (await store.latest(pipeline)) !== undefined))
    return findVersion(store, pipeline, version ?? 'latest')
  const [earlier] = before
  if (version === undefined && earlier !== undefined) return findVersion(store, oneOffs, earlier)
  throw new RequestRefused([
    'There is no version that the last try could be compared with. Try again, and both tries are compared; or run the pipeline.',
  ])
}
