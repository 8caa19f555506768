/** What still needs a version: a version that is based on it, a ledger that names its answers, and an unfinished run that reads it. */
import type { Metadata } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import { oneOffs, type Store, stepFiles, type VersionRef, versionFolder } from '../store.ts'
import { lines } from '../text/lines.ts'
import { readRun } from './version-documents.ts'
import { versionNumber } from './versions.ts'

/** A sentence each; none if nothing does. Throws RecordUnreadable for a record that may name it. */
export async function namedBy(store: Store, ref: VersionRef): Promise<string[]> {
  const based: string[] = []
  const reading: string[] = []
  for await (const { other, metadata } of othersOf(store, ref)) {
    const { pipeline, version } = other
    if (pipeline === ref.pipeline && metadata.base_version === ref.version) based.push(version)
    else if (await readsAsInput(store, other, { ref, metadata }))
      reading.push(`${pipeline} ${version} is not completed (${metadata.status}) and reads ${versionFolder(ref)}.`)
  }
  const problems = based.map((version) => `${version} is based on ${ref.version}.`)
  return [...problems, ...(await namingLedgers(store, ref, based)), ...reading]
}

async function* othersOf(store: Store, ref: VersionRef): AsyncGenerator<{ other: VersionRef; metadata: Metadata }> {
  for (const pipeline of await store.pipelines()) {
    for await (const { version, metadata } of store.records(pipeline)) {
      if (pipeline !== ref.pipeline || version !== ref.version) yield { other: { pipeline, version }, metadata }
    }
  }
  for (const name of await store.list(`outputs/${oneOffs}`)) {
    if (!name.endsWith('/')) continue
    const other = { pipeline: oneOffs, version: name.slice(0, -1) }
    const state = await store.version(other)
    if (state !== undefined) yield { other, metadata: state.metadata }
  }
}

/** Of an input, a completed version keeps all that it needs. */
async function readsAsInput(
  store: Store,
  other: VersionRef,
  { ref, metadata }: { ref: VersionRef; metadata: Metadata },
): Promise<boolean> {
  if (metadata.status === 'completed') return false
  const run = await readRun(store, other).catch((error: unknown) => {
    // Without it, nothing can resume the version.
    if (error instanceof FileMissing || error instanceof RunFailed) return undefined
    throw error
  })
  return (run?.steps ?? []).some(
    ({ input }) => input.from === 'file' && input.resolved.startsWith(`${versionFolder(ref)}/`),
  )
}

/** Only later versions can name it; those that are based on it are named already. */
async function namingLedgers(store: Store, ref: VersionRef, known: readonly string[]): Promise<string[]> {
  const { pipeline, version } = ref
  if (pipeline === oneOffs) return []
  const problems: string[] = []
  for (const later of await store.versions(pipeline)) {
    if (versionNumber(later) <= versionNumber(version) || known.includes(later)) continue
    const step = await namingStep(store, { pipeline, version: later }, version)
    if (step !== undefined) problems.push(`The ledger of step ${step} of ${later} names answers of ${version}.`)
  }
  return problems
}

async function namingStep(store: Store, ref: VersionRef, version: string): Promise<number | undefined> {
  const names = `"answer_version":${JSON.stringify(version)}`
  for (const step of await ledgersOf(store, ref)) {
    for await (const { text } of lines(store.read(stepFiles(ref, step).ledger)))
      if (text.replace(/"answer_version": /, '"answer_version":').includes(names)) return step
  }
  return undefined
}

/** The steps of a version that have a ledger. */
export async function ledgersOf(store: Store, ref: VersionRef): Promise<number[]> {
  const names = await store.list(versionFolder(ref))
  return names.flatMap((name) => Number(/^(\d\d)_ledger\.jsonl$/.exec(name)?.[1] ?? 0) || [])
}
