/** The routes below /pipelines: what there is, version by version, and its labels. */
import * as z from 'zod'
import { FileMissing, RecordUnreadable, RequestRefused, RunFailed } from '../core/errors.ts'
import { versionPrefix } from '../core/pages.ts'
import { type Store, type VersionRef, type VersionState, versionFolder } from '../core/store.ts'
import { localTime } from '../core/text/clock-text.ts'
import { readRun } from '../core/versions/version-documents.ts'
import { type Labels, refuseNoLabel, refuseRunning, signedChange } from '../core/versions/version-labels.ts'
import { knownPipeline } from '../core/versions/versions.ts'
import type { Call } from './call.ts'
import { labelBody, type pipelinePage, type versionDocument, type versionPage } from './documents.ts'
import { nextToken, wantedPage } from './page.ts'
import type { Ports } from './ports.ts'
import { orNotFound, versionIn } from './version-in.ts'

/** A label that cannot be one is refused with the words of the command line. */
const looseLabelBody = labelBody.extend({ pipeline_status: z.string().optional() })

type Version = z.infer<typeof versionDocument>

/** The pipelines, by name. */
export async function listPipelines({ pages, store }: Ports, call: Call): Promise<z.infer<typeof pipelinePage>> {
  const { found, last } = await pages.pipelines(wantedPage(call))
  const pipelines = found.map(async ({ pipeline, latest }) => ({
    ...{ pipeline, latest },
    record: latest === null ? null : await recordOf(store, { pipeline, version: latest }),
    running: await runningOf({ pages, store }, pipeline),
  }))
  return { pipelines: await Promise.all(pipelines), next: nextToken(last) }
}

type Listed = z.infer<typeof versionPage>['versions'][number]

/** Null if it is damaged: the list of its versions says so. */
async function recordOf(store: Store, ref: VersionRef): Promise<Listed | null> {
  try {
    const state = await store.version(ref)
    return state === undefined ? null : listed(ref, state)
  } catch (error) {
    if (error instanceof RecordUnreadable) return null
    throw error
  }
}

const lookedAt = 5

async function runningOf({ pages, store }: Pick<Ports, 'pages' | 'store'>, pipeline: string) {
  const { found } = await pages.versions(pipeline, { limit: lookedAt })
  const running = found.filter(({ status }) => status === 'running').map(({ version }) => ({ pipeline, version }))
  const states = await Promise.all(running.map(async (ref) => ({ ref, state: await store.version(ref) })))
  const alive = states.flatMap(({ ref, state }) => (state?.alive ? [{ ref, state }] : []))
  return Promise.all(
    alive.map(async ({ ref, state }) => ({ ...listed(ref, state), run_id: await runIdOf(store, ref) })),
  )
}

/** Null for a version that does not say which run began it. */
async function runIdOf(store: Store, ref: VersionRef): Promise<string | null> {
  try {
    return (await readRun(store, ref)).run_id
  } catch (error) {
    if (error instanceof RunFailed || error instanceof FileMissing) return null
    throw error
  }
}

/** The versions of a pipeline, newest first. */
export async function listVersions({ pages, store }: Ports, call: Call): Promise<z.infer<typeof versionPage>> {
  const pipeline = call.name('pipeline')
  const wanted = wantedPage(call, versionPrefix)
  const { found, unreadable, last } = await pages.versions(pipeline, wanted)
  if (found.length + unreadable.length === 0 && wanted.after === undefined)
    await orNotFound(knownPipeline(store, pipeline))
  const versions = found.map(async (metadata) => {
    const ref = { pipeline, version: metadata.version }
    const alive = metadata.status === 'running' && (await store.version(ref))?.alive === true
    return listed(ref, { metadata, alive })
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
  const { pipeline_status, notes } = await call.body(looseLabelBody)
  if (pipeline_status === undefined && notes === undefined)
    throw new RequestRefused(['There is nothing to change. Expected pipeline_status, notes or both.'])
  if (pipeline_status !== undefined) refuseNoLabel(pipeline_status)
  const { ref, state } = await versionIn(store, call)
  refuseRunning(ref, state)
  const change: Labels = {
    ...(pipeline_status === undefined ? {} : { pipeline_status }),
    ...(notes === undefined ? {} : { notes: notes || null }),
  }
  const signed = signedChange(state.metadata, change, { caller: call.caller, time: localTime(Date.now()) })
  return document(ref, { metadata: await store.updateVersion(ref, signed), alive: false })
}

function listed(ref: VersionRef, { metadata: { logs: _, ...metadata }, alive }: VersionState): Listed {
  return { ...metadata, alive, folder: versionFolder(ref) }
}

function document(ref: VersionRef, { metadata, alive }: VersionState): Version {
  return { ...metadata, alive, folder: versionFolder(ref) }
}
