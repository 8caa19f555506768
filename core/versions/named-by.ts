/** What still needs a version: a version that is based on it, a ledger that names its answers, and an unfinished run that reads it. */
import type { Metadata } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import { oneOffs, type Store, stepFiles, type VersionRef, versionFolder } from '../store.ts'
import { lines } from '../text/lines.ts'
import { oneOffRuns } from './one-off-runs.ts'
import { readRun } from './version-documents.ts'
import { versionNumber } from './versions.ts'

export interface Needs {
  /** Later versions of the same pipeline, oldest first. */
  based: { version: string; mode: Metadata['mode'] }[]
  /** Other later versions that have answers of it, and the first step that has some. */
  holding: { version: string; step: number }[]
  /** Unfinished runs, of any pipeline, that read one of its files. */
  reading: { ref: VersionRef; status: Metadata['status'] }[]
}

/** All three are empty if nothing does. Throws RecordUnreadable for a record that may name it. */
export async function namedBy(store: Store, ref: VersionRef): Promise<Needs> {
  const based: Needs['based'] = []
  const reading: Needs['reading'] = []
  for await (const { other, metadata } of othersOf(store, ref)) {
    const { mode, status, base_version } = metadata
    if (other.pipeline === ref.pipeline && base_version === ref.version) based.push({ version: other.version, mode })
    else if (await readsAsInput(store, other, { ref, metadata })) reading.push({ ref: other, status })
  }
  const known = based.map(({ version }) => version)
  return { based, holding: await holdingLedgers(store, ref, known), reading }
}

async function* othersOf(store: Store, ref: VersionRef): AsyncGenerator<{ other: VersionRef; metadata: Metadata }> {
  for (const pipeline of await store.pipelines()) {
    for await (const { version, metadata } of store.records(pipeline)) {
      if (pipeline !== ref.pipeline || version !== ref.version) yield { other: { pipeline, version }, metadata }
    }
  }
  for (const version of await oneOffRuns(store)) {
    const other = { pipeline: oneOffs, version }
    if (ref.pipeline === oneOffs && ref.version === version) continue
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
async function holdingLedgers(store: Store, ref: VersionRef, known: readonly string[]): Promise<Needs['holding']> {
  const { pipeline, version } = ref
  if (pipeline === oneOffs) return []
  const found: Needs['holding'] = []
  for (const later of await store.versions(pipeline)) {
    if (versionNumber(later) <= versionNumber(version) || known.includes(later)) continue
    const step = await namingStep(store, { pipeline, version: later }, version)
    if (step !== undefined) found.push({ version: later, step })
  }
  return found
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
