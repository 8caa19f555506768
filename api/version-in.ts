/** The version that the path of a call names. */
import { RequestRefused } from '../core/errors.ts'
import { oneOffs, type Store, type VersionRef, type VersionState } from '../core/store.ts'
import { knownPipeline, knownVersion } from '../core/versions/versions.ts'
import type { Call } from './call.ts'
import { HttpProblem } from './problem.ts'

/**
 * By its name, or by latest or @label. Looks straight at the record first; only if there is none are the names there are gone
 * through. Throws HttpProblem.
 */
export async function versionIn(store: Store, call: Call): Promise<{ ref: VersionRef; state: VersionState }> {
  const named = { pipeline: call.name('pipeline'), version: call.name('version') }
  const isName = /^v\d{1,8}$/.test(named.version) || named.pipeline === oneOffs
  const direct = isName && isOneFolder(named) ? await store.version(named) : undefined
  if (direct !== undefined) return { ref: named, state: direct }
  if (named.pipeline === oneOffs) throw new HttpProblem('not-found', `There is no one-off run ${named.version}.`)
  const pipeline = await orNotFound(knownPipeline(store, named.pipeline))
  const ref = { pipeline, version: await orNotFound(knownVersion(store, pipeline, named.version)) }
  const state = await store.version(ref)
  if (state !== undefined) return { ref, state }
  throw new HttpProblem('not-found', `${ref.pipeline} ${ref.version} has no record.`)
}

/** A name with a slash would lead a folder store into a folder that is no version. */
function isOneFolder(named: VersionRef): boolean {
  return Object.values(named).every((name) => !/[/\\]/.test(name) && name !== '.' && name !== '..')
}

/** What is refused elsewhere is not found here. */
export async function orNotFound<T>(found: Promise<T>): Promise<T> {
  try {
    return await found
  } catch (error) {
    if (error instanceof RequestRefused) throw new HttpProblem('not-found', error.problems)
    throw error
  }
}
