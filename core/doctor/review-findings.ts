/** Acts about items that their version does not have. */
import { RunFailed } from '../errors.ts'
import { type Review, reviewsPath } from '../review.ts'
import { type Store, stepFiles } from '../store.ts'
import { someOf } from '../text/nearest.ts'
import { linesOfIds } from '../versions/indexed-ledger.ts'
import type { Finding } from './finding.ts'

/** Reviews of versions that are not here say nothing wrong: they were removed, or are on another machine. */
export async function reviewFindings(store: Store, pipeline: string): Promise<Finding[]> {
  const versions = new Set(await store.versions(pipeline))
  const unknown: string[] = []
  for (const acts of (await actsByStep(store, pipeline)).values())
    if (versions.has(acts[0]!.version)) unknown.push(...(await unknownOf(store, pipeline, acts)))
  if (unknown.length === 0) return []
  const [acts, say] = unknown.length === 1 ? ['1 act is', 'It says'] : [`${unknown.length} acts are`, 'They say']
  return [
    {
      path: reviewsPath(pipeline),
      found: `${acts} about items that are not in the version named: ${someOf(unknown)}.`,
      means: `${say} nothing of any answer here, and nothing else is wrong because of that.`,
      remedy:
        'Put the ids right, or take the lines out by hand: they may come from another workspace, or from an editor.',
      mend: null,
    },
  ]
}

/** By version and step. Nothing if they cannot be read, which is a finding of its own. */
async function actsByStep(store: Store, pipeline: string): Promise<Map<string, Review[]>> {
  try {
    const acts = await Array.fromAsync(store.reviews.all(pipeline))
    return Map.groupBy(acts, ({ version, step }) => `${version} ${step}`)
  } catch (error) {
    if (error instanceof RunFailed) return new Map()
    throw error
  }
}

/** `4002 in v0`, each once. `acts`: of one version and step. A ledger that is gone or cannot be read is a finding of its own. */
async function unknownOf(store: Store, pipeline: string, acts: readonly Review[]): Promise<string[]> {
  const { version, step } = acts[0]!
  const ids = [...new Set(acts.map(({ root_id }) => root_id))]
  if ((await store.size(stepFiles({ pipeline, version }, step).ledger)) === undefined) return []
  try {
    const lines = await linesOfIds(store, { pipeline, version }, { step, ids })
    const known = new Set(lines.map(({ root_id }) => root_id))
    return ids.filter((id) => !known.has(id)).map((id) => `${id} in ${version}`)
  } catch (error) {
    if (error instanceof RunFailed) return []
    throw error
  }
}
