/**
 * A version of a pipeline, for a program: what it keeps, and what may be done with it. It is long because each method has its
 * description here, where an editor shows it.
 */
import { resolve } from 'node:path'
import type { ErrorRow, Metadata } from '../core/documents.ts'
import type { Review } from '../core/review.ts'
import { adoptEdits } from '../core/reviews/adopt-edits.ts'
import { type VersionRef, versionFolder } from '../core/store.ts'
import type { Json } from '../core/text/json.ts'
import { stepErrors } from '../core/versions/step-errors.ts'
import { versionSteps } from '../core/versions/version-steps.ts'
import type { ExportFormat } from '../formats/export/formats.ts'
import { writeOutputFile } from '../stores/output-file.ts'
import { type AnsweredItem, answersOf, plainValue } from './answers.ts'
import { onlyApproved } from './approved-elements.ts'
import { type Comparison, comparison } from './comparison.ts'
import { currentOf } from './current-version.ts'
import { exportedChunks } from './export-items.ts'
import { chosenFormat, chosenStep, exportableEdits, type Separator, separators } from './export-step.ts'
import { type FoundVersion, findVersion } from './find-version.ts'
import { inProgramWords } from './in-program-words.ts'
import { type ItemStep, keptItem } from './kept-item.ts'
import { type LabelChange, labelsIn, labelVersion } from './label-version.ts'
import type { Opened } from './opened.ts'
import { removeFound } from './remove-found.ts'
import { jsonOf, namedReviewer, noted, type ReviewedAnswer, type ReviewOptions, reviewedAnswers } from './reviews.ts'

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
  /** Only the answers that somebody has approved. */
  approved?: boolean
}

/** A version of a pipeline: what it keeps, and what may be done with it. */
export class Version {
  /** Minified, it would have another one. @internal */
  static readonly name = 'Version'
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

  /**
   * The answers of the last step, in input order; of an unfinished version those that were collated. `Answer` is their type as you
   * say it: nothing checks it.
   */
  answers<Answer = unknown>(): AsyncGenerator<AnsweredItem<Answer>> {
    return answersOf(this.#tools.store, this.#ref) as AsyncGenerator<AnsweredItem<Answer>>
  }

  /** What is kept of an item, step by step. `id`: its id in the input, or in a step. Throws RequestRefused if there is none. */
  async item(id: string | number): Promise<ItemStep[]> {
    const { store, at } = this.#tools
    const steps = new Map((await versionSteps(store, this.#ref)).map((step) => [step.step, step]))
    const found = await keptItem(store, this.#ref, String(id))
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

  /**
   * Says of answers that they are good. Like `flag`, `comment` and `clear` it notes it for all of these items or for none, and
   * returns the acts. Throws RequestRefused for an id that is unknown or has no answer, StoreUnwritable.
   */
  approve(ids: readonly (string | number)[], options: ReviewOptions): Promise<Review[]> {
    return this.#say('approve', ids, options)
  }

  /** Says of answers that they are not good. */
  flag(ids: readonly (string | number)[], options: ReviewOptions): Promise<Review[]> {
    return this.#say('flag', ids, options)
  }

  /** Says something of answers. */
  comment(ids: readonly (string | number)[], options: ReviewOptions & { comment: string }): Promise<Review[]> {
    return this.#say('comment', ids, options)
  }

  /** Takes back what was said of answers. */
  clear(ids: readonly (string | number)[], options: ReviewOptions): Promise<Review[]> {
    return this.#say('clear', ids, options)
  }

  /**
   * Notes what an answer is to be, without its ids; `apply` of the workspace makes a version in which it is. It must meet the
   * `output_schema` of its step. Throws RequestRefused, StoreUnwritable.
   */
  async edit(id: string | number, answer: unknown, options: ReviewOptions): Promise<Review[]> {
    return this.#say('edit', [id], options, new Map([[String(id), jsonOf(answer)]]))
  }

  /**
   * Makes edits of the answers that somebody wrote into the files of the version, and returns those that are new. Throws
   * RequestRefused for an answer that cannot stand there, StoreUnwritable.
   */
  async adopt({ by, comment }: Omit<ReviewOptions, 'step'>): Promise<Review[]> {
    const saying = { by: namedReviewer(by), comment, now: Date.now() }
    return (await adoptEdits(this.#tools.store, this.#ref, saying)).acts
  }

  /** What people said of the answers, step by step. */
  reviews(): AsyncGenerator<ReviewedAnswer> {
    return reviewedAnswers(this.#tools.store, this.#ref)
  }

  /** How the answers changed from this version to another of the pipeline: `v1`, `latest`, `@final`. Throws RequestRefused. */
  async compare(other: string): Promise<Comparison> {
    const { store } = this.#tools
    const a = await this.#found()
    const b = await findVersion(store, this.pipeline, other)
    return comparison(store, { a: a.ref, b: b.ref }, { a: a.state, b: b.state })
  }

  /** Changes the label or the notes, and returns the record as it is now. Throws RequestRefused, VersionBusy. */
  label(change: LabelChange): Promise<Metadata> {
    return inProgramWords(this.#label(change))
  }

  async #label(change: LabelChange): Promise<Metadata> {
    const labels = labelsIn(change)
    return labelVersion({ store: this.#tools.store, caller: await this.#tools.caller() }, await this.#found(), labels)
  }

  /** Writes the answers of a step into a file, and returns its absolute path. Throws RequestRefused, StoreUnwritable. */
  export(path: string, options: ExportOptions = {}): Promise<string> {
    return inProgramWords(this.#export(path, options))
  }

  async #export(path: string, options: ExportOptions): Promise<string> {
    const { store } = this.#tools
    const { excel = false, separator, raw = false } = options
    const found = await this.#found()
    const format = chosenFormat({ ...options, output: path })
    const step = await chosenStep(store, found.ref, options.step === undefined ? undefined : String(options.step))
    await exportableEdits(store, { ...found, step })
    const writing = { excel, separator: separator && separators[separator], raw }
    const file = resolve(path)
    const change = options.approved ? await onlyApproved(store, { ref: found.ref, step }) : null
    await writeOutputFile(file, exportedChunks(store, step, { format, writing, change }))
    return file
  }

  /**
   * Removes the version; its number is not used again. `force`: also if it is the latest, has a label, or could be resumed. Throws
   * RequestRefused if something needs it, VersionBusy.
   */
  async remove({ force = false }: { force?: boolean } = {}): Promise<void> {
    await inProgramWords(removeFound(this.#tools, await this.#found(), force))
  }

  async #say(
    act: Review['act'],
    ids: readonly (string | number)[],
    options: ReviewOptions,
    answers?: ReadonlyMap<string, Json>,
  ): Promise<Review[]> {
    const saying = { ...options, by: namedReviewer(options.by), act, ids: ids.map(String), ...(answers && { answers }) }
    return (await noted(this.#tools.store, this.#ref, saying)).acts
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
