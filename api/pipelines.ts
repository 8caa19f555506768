/** The routes below /pipelines: what there is, version by version, and its labels. */
import type * as z from 'zod'
import { RequestRefused } from '../core/errors.ts'
import { versionPrefix } from '../core/pages.ts'
import { oneOffs, type Store, type VersionRef, type VersionState, versionFolder } from '../core/store.ts'
import { type Labels, refuseRunning } from '../core/versions/version-labels.ts'
import { knownPipeline, knownVersion } from '../core/versions/versions.ts'
import type { Call } from './call.ts'
import { labelBody, type pipelinePage, type versionDocument, type versionPage } from './documents.ts'
import { nextToken, wantedPage } from './page.ts'
import type { Ports } from './ports.ts'
import { HttpProblem } from './problem.ts'

type Version = z.infer<typeof versionDocument>

/** The pipelines, by name. */
export async function listPipelines({ pages }: Ports, call: Call): Promise<z.infer<typeof pipelinePage>> {
  const { found, last } = await pages.pipelines(wantedPage(call))
  return { pipelines: found, next: nextToken(last) }
}

/** The versions of a pipeline, newest first. */
export async function listVersions({ pages, store }: Ports, call: Call): Promise<z.infer<typeof versionPage>> {
  const pipeline = call.name('pipeline')
  const wanted = wantedPage(call, versionPrefix)
  const { found, unreadable, last } = await pages.versions(pipeline, wanted)
  if (found.length + unreadable.length === 0 && wanted.after === undefined)
    await orNotFound(knownPipeline(store, pipeline))
  const versions = found.map(async ({ logs: _logs, ...metadata }) => {
    const ref = { pipeline, version: metadata.version }
    const alive = metadata.status === 'running' && (await store.version(ref))?.alive === true
    return { ...metadata, alive, folder: versionFolder(ref) }
  })
  const latest = (await store.latest(pipeline)) ?? null
  const damaged = unreadable.length > 0 ? { unreadable } : {}
  return { pipeline, latest, versions: await Promise.all(versions), ...damaged, next: nextToken(last) }
}

/** A version, by its name, or by latest or @label. */
export async function showVersion({ store }: Ports, call: Call): Promise<Version> {
  const { ref, state } = await versionIn(store, call)
  return document(ref, state)
}

/** Changes the label or the notes of a version that is not running. */
export async function labelVersion({ store }: Ports, call: Call): Promise<Version> {
  const { pipeline_status, notes } = await call.body(labelBody)
  if (pipeline_status === undefined && notes === undefined)
    throw new RequestRefused(['There is nothing to change. Expected pipeline_status, notes or both.'])
  const { ref, state } = await versionIn(store, call)
  refuseRunning(ref, state)
  const change: Labels = {
    ...(pipeline_status === undefined ? {} : { pipeline_status }),
    ...(notes === undefined ? {} : { notes: notes || null }),
  }
  return document(ref, { metadata: await store.updateVersion(ref, change), alive: false })
}

/** Looks straight at the record first; only if there is none are the names there are gone through. */
async function versionIn(store: Store, call: Call): Promise<{ ref: VersionRef; state: VersionState }> {
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

async function orNotFound<T>(found: Promise<T>): Promise<T> {
  try {
    return await found
  } catch (error) {
    if (error instanceof RequestRefused) throw new HttpProblem('not-found', error.problems)
    throw error
  }
}

function document(ref: VersionRef, { metadata, alive }: VersionState): Version {
  return { ...metadata, alive, folder: versionFolder(ref) }
}
