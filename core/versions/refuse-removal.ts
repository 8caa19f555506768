/** When a version is not removed, and why: something needs it, or it would be missed. */
import type { Metadata } from '../documents.ts'
import { RequestRefused } from '../errors.ts'
import { label } from '../request.ts'
import { oneOffs, type Store, type VersionRef } from '../store.ts'
import { readLedger } from './ledger.ts'
import { batchesOut, batchesText } from './message-batches.ts'
import { ledgersOf, type Needs, namedBy } from './named-by.ts'
import { versionNumber } from './versions.ts'

/** `words v1`, or `The one-off run 01K…`. */
export function removalName({ pipeline, version }: VersionRef): string {
  return pipeline === oneOffs ? `The one-off run ${version}` : `${pipeline} ${version}`
}

/** Whatever --force says. `going`: versions that are removed before it, and need nothing any more. Throws RequestRefused. */
export async function refuseNeeded(store: Store, ref: VersionRef, going: readonly VersionRef[] = []): Promise<void> {
  const out = (await batchesOut(store, ref)).filter(({ cancelled }) => !cancelled)
  if (out.length > 0)
    refuse(
      ref,
      `${batchesText(out)}, and what they answer is paid for. Cancel them first: \`itemwise abort ${runName(ref)}\`.`,
    )
  const goes = (version: string) => going.some((one) => one.pipeline === ref.pipeline && one.version === version)
  const needs = await namedBy(store, ref)
  const based = needs.based.filter(({ version }) => !goes(version))
  const holding = needs.holding.filter(({ version }) => !goes(version))
  const { reading } = needs
  const why = [
    ...based.map(({ version, mode }) => `${version} ${mode === 'rerun' ? 'is a rerun of it' : 'is based on it'}`),
    ...holding.map(({ version, step }) => `${version} still has answers from it (step ${step})`),
    ...reading.map((one) => `${runName(one.ref)} reads it and is unfinished (${one.status})`),
  ]
  if (why.length === 0) return
  const needing = reading.length === why.length ? 'an unfinished run needs it' : 'other versions need it'
  refuse(ref, `${needing}: ${why.join('; ')}. ${whatFirst({ based, holding, reading })}`)
}

function whatFirst({ based, holding, reading }: Needs): string {
  const versions = [...based, ...holding]
    .map(({ version }) => version)
    .sort((a, b) => versionNumber(b) - versionNumber(a))
  const said: string[] = []
  if (versions.length === 1) said.push(`Remove ${versions[0]} first.`)
  if (versions.length > 1) said.push(`Remove those first, newest first: ${versions.join(', ')}.`)
  if (reading.length > 0) said.push(`Finish or remove ${reading.map(({ ref }) => runName(ref)).join(' and ')} first.`)
  return said.join(' ')
}

function runName({ pipeline, version }: VersionRef): string {
  return pipeline === oneOffs ? version : `${pipeline} ${version}`
}

/** Without --force. `metadata`: with the counts, as far as they are known. Throws RequestRefused. */
export async function refuseMissed(store: Store, ref: VersionRef, metadata: Metadata): Promise<void> {
  if (metadata.status !== 'completed') return refuseResumable(store, ref, metadata)
  if (ref.pipeline === oneOffs) return
  const { completed, labelled } = await newestOf(store, ref.pipeline, metadata.pipeline_status)
  const isLabelled = labelled === ref.version && metadata.pipeline_status !== 'draft'
  const path = `@${metadata.pipeline_status}/`
  if ((await store.latest(ref.pipeline)) === ref.version) {
    const next = completed.filter((version) => version !== ref.version).at(-1)
    const then = next === undefined ? `${ref.pipeline} has no completed version left` : `latest is ${next}`
    const paths = isLabelled ? `latest/ and ${path}` : 'latest/'
    refuse(
      ref,
      `it is the latest completed version: reruns start from it, and paths with ${paths} lead to it. ${forced}; then ${then}.`,
    )
  }
  if (isLabelled)
    refuse(ref, `it is labelled ${metadata.pipeline_status}, and paths with ${path} lead to it. ${forced}.`)
}

const forced = '--force removes it anyway'

/** The completed versions, oldest first, and the newest of them that a path with the label leads to. */
async function newestOf(store: Store, pipeline: string, wanted: string) {
  const completed: string[] = []
  let labelled: string | undefined
  // What cannot be read is led to by no path.
  for await (const { version, metadata } of store.records(pipeline, () => {})) {
    if (metadata.status !== 'completed') continue
    completed.push(version)
    if (metadata.pipeline_status === wanted && label.safeParse(wanted).success) labelled = version
  }
  return { completed, labelled }
}

async function refuseResumable(store: Store, ref: VersionRef, metadata: Metadata): Promise<void> {
  const kept = await keptAnswers(store, ref, metadata)
  if (kept === 0) return
  const answers = kept === undefined ? 'may have' : `has ${kept.toLocaleString('en-US')}`
  const resume = `itemwise resume ${runName(ref)}`
  refuse(
    ref,
    `it is unfinished and ${answers} answer${kept === 1 ? '' : 's'} that \`${resume}\` would keep. ${forced}.`,
  )
}

/** How many answers it asked for and has; undefined if that is not known. */
async function keptAnswers(store: Store, ref: VersionRef, { status, stats }: Metadata): Promise<number | undefined> {
  if (status === 'running')
    return 'steps' in stats
      ? stats.steps.reduce((sum, { processed, failed }) => sum + Math.max(0, processed - failed), 0)
      : undefined
  let kept = 0
  for (const step of await ledgersOf(store, ref))
    for await (const { decision, state } of readLedger(store, ref, step))
      if (decision === 'process' && state === 'answered') kept += 1
  return kept
}

function refuse(ref: VersionRef, why: string): never {
  throw new RequestRefused([`${removalName(ref)} was not removed, because ${why}`])
}
