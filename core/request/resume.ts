/** Which unfinished version to resume, and whether it can be resumed. */
import type { RunDocument } from '../documents.ts'
import { FileMissing, RequestRefused, RunFailed, VersionBusy } from '../errors.ts'
import { oneOffs, type Store, stepNumber, type VersionRef, type VersionState, versionFolder } from '../store.ts'
import { hashingRead } from '../text/hashing-read.ts'
import { sha256 } from '../text/ids.ts'
import { isWorkGone } from '../versions/planned-items.ts'
import { readRun, textIfThere } from '../versions/version-documents.ts'
import { knownPipeline, knownVersion } from '../versions/versions.ts'

export interface Resumable {
  ref: VersionRef
  run: RunDocument
  /** Sentences on what was changed in the workspace since: the version keeps its own. */
  differences: string[]
}

export interface Resuming {
  store: Store
  /** A pipeline, or the id of a one-off run. */
  pipeline: string
  /** Undefined: the newest unfinished one. */
  version: string | undefined
  standIn: boolean
}

/** Thrown if the version that is to be resumed is completed. Its process may have been killed before it was published. */
export class AlreadyCompleted extends RequestRefused {
  readonly ref: VersionRef

  constructor(ref: VersionRef, instead: string) {
    super([`${named(ref)} is completed, so there is nothing to resume.${instead}`])
    this.ref = ref
  }
}

/** Finds the version to resume. Writes nothing. Throws RequestRefused, AlreadyCompleted, VersionBusy. */
export async function findResumable(resuming: Resuming): Promise<Resumable> {
  const { store, standIn } = resuming
  const ref = await unfinished(resuming)
  const state = await store.version(ref)
  if (state?.metadata.status === 'completed') throw new AlreadyCompleted(ref, insteadOf(ref, state))
  if (state?.alive)
    throw new VersionBusy(`${named(ref)} is being run by another process right now. Wait until it has ended.`)
  if (state === undefined) throw new RequestRefused([recordGone(ref)])
  const run = await runOf(store, ref)
  if (run.stand_in !== standIn) {
    throw new RequestRefused([
      run.stand_in
        ? `${named(ref)} was started with the offline stand-in, and answers of both kinds would be mixed. Resume it with --offline.`
        : `${named(ref)} was started with the real model, and answers of both kinds would be mixed. Resume it without --offline.`,
    ])
  }
  if (await isWorkGone(store, ref, run)) throw new RequestRefused([workGone(ref)])
  const templates = await missingTemplates(store, ref, run)
  if (templates.length > 0) throw new RequestRefused([templateGone(ref, templates)])
  const lost = await lostJournals(store, ref, run)
  if (lost.length > 0) throw new RequestRefused([journalGone(ref, lost)])
  return { ref, run, differences: await differences(store, run) }
}

/** run.json, or a refusal that says what can still be done. */
async function runOf(store: Store, ref: VersionRef): Promise<RunDocument> {
  try {
    return await readRun(store, ref)
  } catch (cause) {
    if (!(cause instanceof FileMissing || cause instanceof RunFailed)) throw cause
    const words = `${named(ref)} cannot be resumed: its run.json is ${cause instanceof FileMissing ? 'gone' : 'damaged'}, so it is unknown what it was to ask.`
    throw new RequestRefused(
      [
        `${words} Put the file back from a copy; else ${doctorFor(ref)} ends the version as failed, its answers stay in items/, and a new run takes its place.`,
      ],
      { cause },
    )
  }
}

function doctorFor({ pipeline }: VersionRef): string {
  return pipeline === oneOffs ? '`itemwise doctor --fix`' : `\`itemwise doctor ${pipeline} --fix\``
}

function recordGone(ref: VersionRef): string {
  return `${named(ref)} no longer has a record (metadata.json). ${doctorFor(ref)} makes it anew; then resume it.`
}

async function missingTemplates(store: Store, ref: VersionRef, { steps }: RunDocument): Promise<string[]> {
  const found: string[] = []
  for (const { template } of steps)
    if ((await store.size(`${versionFolder(ref)}/${template}`)) === undefined) found.push(template)
  return found
}

function templateGone(ref: VersionRef, templates: string[]): string {
  const gone = `${named(ref)} cannot be resumed: ${templates.join(' and ')}, which it uses, ${templates.length === 1 ? 'is' : 'are'} gone.`
  const again =
    ref.pipeline === oneOffs
      ? 'start a new run'
      : 'run its request with batch_skip_existing: true, which keeps its answers'
  return `${gone} ${doctorFor(ref)} writes it again if the template in prompts/ has not changed since; else ${again}.`
}

/** What a person may want of a completed version. `--base`: it need not be the latest. */
function insteadOf({ pipeline, version }: VersionRef, { metadata }: VersionState): string {
  if (pipeline === oneOffs) return ' Start a new run for more.'
  const failed = 'failed' in metadata.stats ? metadata.stats.failed : 0
  return failed > 0
    ? ` \`itemwise rerun ${pipeline} --failed --base ${version}\` asks again for the ${failed === 1 ? 'one' : failed} that failed in it, as a new version.`
    : ` \`itemwise rerun ${pipeline} <ids> --base ${version}\` asks again for items of it, as a new version.`
}

function workGone(ref: VersionRef): string {
  const gone = `${named(ref)} cannot be resumed: its plan and journal (work/) are gone, so everything would be asked for and paid for again.`
  if (ref.pipeline === oneOffs) return `${gone} What it has is in its collated files. Start a new run for the rest.`
  return `${gone} Run its request with batch_skip_existing: true: the new version keeps its answers.`
}

/** Steps that would be asked for again, though their answers lie in items/. */
async function lostJournals(store: Store, ref: VersionRef, { steps }: RunDocument): Promise<number[]> {
  const lost: number[] = []
  for (const { step, batch_mode } of steps) if (batch_mode && (await store.lostJournal?.(ref, step))) lost.push(step)
  return lost
}

function journalGone(ref: VersionRef, steps: number[]): string {
  const of = steps.map((step) => `work/${stepNumber(step)}_journal.jsonl`).join(' and ')
  return `${named(ref)} has answers in items/, but ${of} is gone, by which they are found: they would be asked for and paid for again. ${doctorFor(ref)} writes them down anew; then resume it.`
}

function named({ pipeline, version }: VersionRef): string {
  return pipeline === oneOffs ? `The one-off run ${version}` : `${version} of ${pipeline}`
}

/** Publishes a completed version whose process was killed before it moved `latest`. */
export async function finishPublishing(store: Store, ref: VersionRef): Promise<void> {
  if (ref.pipeline !== oneOffs) await store.moveLatest(ref.pipeline)
  await store.removeWork(ref)
}

async function unfinished({ store, pipeline, version }: Resuming): Promise<VersionRef> {
  const oneOff = { pipeline: oneOffs, version: pipeline.replace(/^(outputs\/)?_runs\//, '') }
  if (version === undefined && (await store.version(oneOff)) !== undefined) return oneOff
  const name = await knownPipeline(store, pipeline)
  if (version !== undefined) return { pipeline: name, version: await knownVersion(store, name, version) }
  const older: string[] = []
  let completed: string | undefined
  for (const candidate of (await store.versions(name)).reverse()) {
    const ref = { pipeline: name, version: candidate }
    const ended = (await store.version(ref))?.metadata.status === 'completed'
    if (!ended && completed === undefined) return ref
    if (ended) completed ??= candidate
    else older.push(candidate)
  }
  if (completed !== undefined) await finishPublishing(store, { pipeline: name, version: completed })
  throw new RequestRefused([nothingUnfinished(name, { completed, older })])
}

/** An unfinished version below a completed one is history: it is resumed only by name. */
function nothingUnfinished(
  name: string,
  { completed, older }: { completed: string | undefined; older: string[] },
): string {
  if (completed === undefined || older.length === 0) {
    return `All versions of ${name} are completed, so there is nothing to resume. \`itemwise rerun ${name} --failed\` asks again for what failed in the latest, as a new version.`
  }
  return `${older.join(', ')} of ${name} did not finish, but ${completed} has been completed since. To resume an older one all the same, name it: \`itemwise resume ${name} ${older[0]}\`.`
}

async function differences(store: Store, run: RunDocument): Promise<string[]> {
  const found: string[] = []
  for (const { step, prompt_name, template_from, template_sha256, input } of run.steps) {
    const path = `prompts/${prompt_name}.md`
    const template = await textIfThere(store, path)
    if (template_from === undefined && (template === undefined || sha256(template) !== template_sha256))
      found.push(`${path} differs from the template this version uses (step ${step}).`)
    if (input.from !== 'file') continue
    const same =
      (await store.size(input.resolved)) !== undefined &&
      (await hashingRead(store).sha256(input.resolved)) === input.sha256
    if (!same) found.push(`${input.resolved} differs from the input this version uses (step ${step}).`)
  }
  return found
}
