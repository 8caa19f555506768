/** What may go to make room: prompts and replies of old versions, and deprecated versions that nothing needs. Never an answer that another version stands on. */
import type { Metadata } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import { oneOffs, type Store, type VersionRef, type VersionState, versionFolder } from '../store.ts'
import { type DiskUse, diskUse, isReplyPath } from './disk-use.ts'
import { prunePrompts } from './pruned-prompts.ts'
import { refuseMissed, refuseNeeded } from './refuse-removal.ts'
import { removeVersion } from './remove-version.ts'

export interface PrunePlan {
  /** Versions that lose their prompts and the replies that could not be used. */
  thinned: (VersionRef & { bytes: number })[]
  /** Deprecated versions that go as a whole, newest first, so that what stands on another goes before it. */
  removed: (VersionRef & { bytes: number; state: VersionState })[]
  /** Deprecated versions that stay, and why. */
  needed: (VersionRef & { why: string })[]
}

/** Writes nothing. `pipeline`: of this one only. */
export async function prunePlan(store: Store, pipeline?: string): Promise<PrunePlan> {
  const use = new Map<string, DiskUse>()
  for (const one of (await diskUse(store, pipeline)).versions) use.set(nameOf(one), one)
  const plan: PrunePlan = { thinned: [], removed: [], needed: [] }
  for (const name of pipeline === undefined ? [...(await store.pipelines()), oneOffs] : [pipeline])
    await planOf(store, name, { plan, use })
  return plan
}

async function planOf(
  store: Store,
  pipeline: string,
  { plan, use }: { plan: PrunePlan; use: ReadonlyMap<string, DiskUse> },
): Promise<void> {
  const latest = pipeline === oneOffs ? undefined : await store.latest(pipeline)
  const records: (VersionRef & VersionState)[] = []
  // What cannot be read is left alone.
  for await (const record of store.records(pipeline, () => {})) records.push(record)
  const going: VersionRef[] = []
  for (const { pipeline: _, version, ...state } of records.reverse()) {
    const ref = { pipeline, version }
    const { bytes = 0, by } = use.get(nameOf(ref)) ?? {}
    if (state.metadata.status !== 'completed') continue
    const why = isDeprecated(state.metadata) ? await whyNeeded(store, ref, { state, going }) : null
    if (why === undefined) {
      going.push(ref)
      plan.removed.push({ ...ref, bytes, state })
      continue
    }
    if (why !== null) plan.needed.push({ ...ref, why })
    const thin = (by?.prompts ?? 0) + (by?.replies ?? 0)
    if (version !== latest && isUnlabelled(state.metadata) && thin > 0) plan.thinned.push({ ...ref, bytes: thin })
  }
}

function isDeprecated({ pipeline_status }: Metadata): boolean {
  return pipeline_status === 'deprecated'
}

/** Someone gave the others a name in order to come back to them. */
function isUnlabelled(metadata: Metadata): boolean {
  return metadata.pipeline_status === 'draft' || isDeprecated(metadata)
}

/** Undefined if nothing needs it, but for versions that go before it. By the rule of `remove` without --force, but for its label. */
async function whyNeeded(
  store: Store,
  ref: VersionRef,
  { state, going }: { state: VersionState; going: readonly VersionRef[] },
): Promise<string | undefined> {
  try {
    await refuseNeeded(store, ref, going)
    await refuseMissed(store, ref, { ...state.metadata, pipeline_status: 'draft' })
    return undefined
  } catch (error) {
    if (error instanceof RequestRefused) return error.message
    throw error
  }
}

/** Does what was planned; called again after a crash, it ends it. Returns the versions that were needed after all. */
export async function prune(store: Store, plan: PrunePlan, now: number): Promise<PrunePlan['needed']> {
  const needed: PrunePlan['needed'] = []
  for (const { pipeline, version, state } of plan.removed) {
    const ref = { pipeline, version }
    try {
      const removing = { state, metadata: { ...state.metadata, pipeline_status: 'draft' }, force: false, now }
      await removeVersion(store, ref, removing)
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error
      needed.push({ ...ref, why: error.message })
    }
  }
  for (const { pipeline, version } of plan.thinned) await thin(store, { pipeline, version }, now)
  return needed
}

async function thin(store: Store, ref: VersionRef, now: number): Promise<void> {
  // A version that was removed and whose number stays unused has nothing to lose.
  if ((await store.version(ref))?.metadata.status !== 'completed') return
  const folder = versionFolder(ref)
  await prunePrompts(store, ref, now)
  for await (const { path } of store.usageBelow(`${folder}/items`)) if (isReplyPath(path)) await store.remove(path)
}

function nameOf({ pipeline, version }: VersionRef): string {
  return `${pipeline}/${version}`
}
