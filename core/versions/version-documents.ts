/** Reads what a version keeps of itself: its run document. Light, since every command needs it. */
import { type ResolvedStep, type RunDocument, runDocument } from '../documents.ts'
import { FileMissing, RunFailed } from '../errors.ts'
import { type Store, type VersionRef, versionFolder } from '../store.ts'

/** Reads a whole file as text. For files of a person's size only. Throws FileMissing, PathOutside. */
export async function readText(store: Pick<Store, 'read'>, path: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of store.read(path)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Reads a file as text, or undefined if there is none. */
export async function textIfThere(store: Store, path: string): Promise<string | undefined> {
  try {
    return await readText(store, path)
  } catch (error) {
    if (error instanceof FileMissing) return undefined
    throw error
  }
}

/** The texts of small files, in their order; undefined where there is none. */
export function textsIfThere(store: Store, paths: readonly string[]): Promise<(string | undefined)[]> {
  return store.readSmall?.(paths) ?? Promise.all(paths.map((path) => textIfThere(store, path)))
}

/** run.json once more, by its path in an unfinished version: without it nothing could go on. */
export const runCopy = 'work/run.json'

/** The content of run.json. */
export function runText(run: RunDocument): string {
  return `${JSON.stringify(run, null, 2)}\n`
}

/** run.json of a version, or its copy if that cannot be read. Throws FileMissing, or RunFailed if neither can be read. */
export async function readRun(store: Store, ref: VersionRef): Promise<RunDocument> {
  try {
    return await runAt(store, `${versionFolder(ref)}/run.json`)
  } catch (error) {
    const copy = await copiedRun(store, ref)
    if (copy === undefined) throw error
    return copy
  }
}

/** run.json as it stands at a path. Throws FileMissing, or RunFailed if it cannot be read. */
export async function runAt(store: Store, path: string): Promise<RunDocument> {
  const text = await readText(store, path)
  try {
    return runDocument.parse(JSON.parse(text))
  } catch (cause) {
    throw new RunFailed(
      `${path} cannot be read: it was changed or cut off. Put it back as it was, or start a new run.`,
      { cause },
    )
  }
}

/** The copy of run.json in an unfinished version; undefined if there is none that can be read. */
export async function copiedRun(store: Store, ref: VersionRef): Promise<RunDocument | undefined> {
  try {
    return await runAt(store, `${versionFolder(ref)}/${runCopy}`)
  } catch (error) {
    if (error instanceof FileMissing || error instanceof RunFailed) return undefined
    throw error
  }
}

/** Writes run.json again from its copy if it cannot be read. Only for the version's writer. */
export async function mendRun(store: Store, ref: VersionRef): Promise<void> {
  const path = `${versionFolder(ref)}/run.json`
  try {
    await runAt(store, path)
  } catch (error) {
    if (!(error instanceof FileMissing || error instanceof RunFailed)) throw error
    if ((await copiedRun(store, ref)) === undefined) throw error
    await store.write(path, await readText(store, `${versionFolder(ref)}/${runCopy}`))
  }
}

/** Gives a version its copy of run.json that was begun before there were any. Only for the version's writer. */
export async function copyRun(store: Store, ref: VersionRef, run: RunDocument): Promise<void> {
  if ((await copiedRun(store, ref)) === undefined) await store.write(`${versionFolder(ref)}/${runCopy}`, runText(run))
}

/** Puts another run.json and copy of it in the place of those that a version has. Only for the version's writer. */
export async function rewriteRun(store: Store, ref: VersionRef, run: RunDocument): Promise<void> {
  for (const name of [runCopy, 'run.json']) await store.write(`${versionFolder(ref)}/${name}`, runText(run))
}

/** A step of a run, by its number from 1. */
export function stepOf(run: RunDocument, number: number): ResolvedStep {
  const step = run.steps[number - 1]
  if (step === undefined)
    throw new RunFailed(`The run has ${run.steps.length} steps, but step ${number} was asked for.`)
  return step
}

/** The step that reads the file from which a step's items descend, or undefined after a single call. */
export function rootStep(steps: readonly ResolvedStep[], step: ResolvedStep): ResolvedStep | undefined {
  if (step.input.from === 'file') return step
  const before = steps[step.input.step - 1]
  return before?.batch_mode ? rootStep(steps, before) : undefined
}

/** The base of a run, if it has one. */
export function baseOf(run: Pick<RunDocument, 'base_version'>, ref: Pick<VersionRef, 'pipeline'>): VersionRef | null {
  return run.base_version === null ? null : { pipeline: ref.pipeline, version: run.base_version }
}
