/** A version of a pipeline, for a program: what it keeps, and what may be done with it. */
import { resolve } from 'node:path'
import type { ErrorRow, LedgerLine, Metadata } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import { type VersionRef, versionFolder } from '../core/store.ts'
import { didYouMean } from '../core/text/nearest.ts'
import { findItem, knownIds } from '../core/versions/find-item.ts'
import { removeVersion } from '../core/versions/remove-version.ts'
import { stepErrors } from '../core/versions/step-errors.ts'
import { versionSteps } from '../core/versions/version-steps.ts'
import type { ExportFormat } from '../formats/export/formats.ts'
import { writeOutputFile } from '../stores/output-file.ts'
import { type AnsweredItem, answersOf, plainValue } from './answers.ts'
import { type Comparison, comparison } from './comparison.ts'
import { currentOf } from './current-version.ts'
import { exportedChunks } from './export-items.ts'
import { chosenFormat, chosenStep, exportableEdits, type Separator, separators } from './export-step.ts'
import { type FoundVersion, findVersion } from './find-version.ts'
import { type LabelChange, labelsIn, labelVersion } from './label-version.ts'
import type { Opened } from './opened.ts'

/** What a version keeps of one item in one step. */
export interface ItemStep {
  /** The number of the step, from 1. */
  step: number
  /** The name of its prompt. */
  prompt_name: string
  /** Exactly what was sent; null if it is not kept. */
  prompt: string | null
  /** Where the prompt is: an absolute path, or its address in S3. */
  prompt_path: string
  /** The answer as it stands in the array; null if there is none. */
  answer: unknown
  /** What came back, if it could not be used. */
  reply: string | null
  /** The line of the ledger: what happened to the item, what it cost, and which version asked. Null if the version has no ledger of this step. */
  ledger: LedgerLine | null
}

/** How the answers of a step become a file. */
export interface ExportOptions {
  /** The step, by number or prompt_name. Default: the last. */
  step?: string | number
  /** Default: by the ending of the file. */
  format?: ExportFormat
  /** For CSV: what Excel needs to read it. */
  excel?: boolean
  /** For CSV: what stands between cells. Default: a comma. */
  separator?: Separator
  /** For CSV: texts that begin like a formula stay as they are. */
  raw?: boolean
}

/** A version of a pipeline: what it keeps, and what may be done with it. */
export class Version {
  /** The full name of the pipeline; `_runs` for a one-off. */
  readonly pipeline: string
  /** `v0`, `v1`, …; of a one-off its id. */
  readonly version: string
  /** The absolute path of the version's folder; on a stack its address in S3. */
  readonly folder: string
  /** Its record as it was read. Of a version that is being run, or whose process died, the counts are those of what is kept. */
  readonly metadata: Metadata
  /** Whether it is being run by a living process. */
  readonly alive: boolean
  readonly #tools: Opened

  /** @internal */
  private constructor(tools: Opened, { ref, state }: FoundVersion, metadata: Metadata) {
    this.#tools = tools
    this.pipeline = ref.pipeline
    this.version = ref.version
    this.folder = tools.at(versionFolder(ref))
    this.metadata = metadata
    this.alive = state.alive
  }

  /** Reads its record and, of an unfinished one, what is kept of it. @internal */
  static async named(tools: Opened, pipeline: string, name?: string): Promise<Version> {
    const found = await findVersion(tools.store, pipeline, name)
    const { metadata } = await current(tools, found)
    return new Version(tools, found, metadata)
  }

  /** The answers of the last step, in input order; of an unfinished version those that were collated. */
  answers(): AsyncGenerator<AnsweredItem> {
    return answersOf(this.#tools.store, this.#ref)
  }

  /** What is kept of an item, step by step. `id`: its id in the input, or in a step. Throws RequestRefused if there is none. */
  async item(id: string | number): Promise<ItemStep[]> {
    const { store, at } = this.#tools
    const found = await findItem(store, this.#ref, String(id))
    const steps = new Map((await versionSteps(store, this.#ref)).map((step) => [step.step, step]))
    if (found.length === 0)
      throw new RequestRefused([
        `${this.pipeline} ${this.version} has no item ${JSON.stringify(String(id))}.${didYouMean(String(id), await knownIds(store, this.#ref))}`,
      ])
    return found.map(({ step, prompt_name, prompt, prompt_path, answer, reply, line }) => ({
      ...{ step, prompt_name, prompt, reply, ledger: line },
      prompt_path: at(prompt_path),
      answer: answer === null ? null : plainValue(answer, steps.get(step)!),
    }))
  }

  /** The failures of all steps, in order: which item, why, and how often it was asked for. */
  async errors(): Promise<ErrorRow[]> {
    const { store } = this.#tools
    const { ref, state } = await this.#found()
    const { failures } = await current(this.#tools, { ref, state })
    const found: ErrorRow[] = []
    for (const { step } of await versionSteps(store, ref))
      found.push(...(failures?.(step) ?? (await stepErrors(store, ref, step))))
    return found
  }

  /** How the answers changed from this version to another of the pipeline: `v1`, `latest`, `@final`. Throws RequestRefused. */
  async compare(other: string): Promise<Comparison> {
    const { store } = this.#tools
    const a = await this.#found()
    const b = await findVersion(store, this.pipeline, other)
    return comparison(store, { a: a.ref, b: b.ref }, { a: a.state, b: b.state })
  }

  /** Changes the label or the notes, and returns the record as it is now. Throws RequestRefused, VersionBusy. */
  async label(change: LabelChange): Promise<Metadata> {
    const labels = labelsIn(change)
    return labelVersion({ store: this.#tools.store, caller: await this.#tools.caller() }, await this.#found(), labels)
  }

  /** Writes the answers of a step into a file, and returns its absolute path. Throws RequestRefused, StoreUnwritable. */
  async export(path: string, options: ExportOptions = {}): Promise<string> {
    const { store } = this.#tools
    const { excel = false, separator, raw = false } = options
    const found = await this.#found()
    const format = chosenFormat({ ...options, output: path })
    const step = await chosenStep(store, found.ref, options.step === undefined ? undefined : String(options.step))
    await exportableEdits(store, { ...found, step })
    const writing = { excel, separator: separator && separators[separator], raw }
    const file = resolve(path)
    await writeOutputFile(file, exportedChunks(store, step, { format, writing, change: null }))
    return file
  }

  /**
   * Removes the version; its number is not used again. `force`: also if it is the latest, has a label, or could be resumed. Throws
   * RequestRefused if something needs it, VersionBusy.
   */
  async remove({ force = false }: { force?: boolean } = {}): Promise<void> {
    const { store } = this.#tools
    const { ref, state } = await this.#found()
    const { metadata } = await current(this.#tools, { ref, state })
    await removeVersion(store, ref, { state, metadata, force, now: Date.now() })
  }

  get #ref(): VersionRef {
    return { pipeline: this.pipeline, version: this.version }
  }

  /** As it is now. */
  #found(): Promise<FoundVersion> {
    return findVersion(this.#tools.store, this.pipeline, this.version)
  }
}

function current({ store, countsUnfinished }: Opened, { ref, state }: FoundVersion) {
  return currentOf({ store, countable: countsUnfinished }, ref, state)
}
