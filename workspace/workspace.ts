/** A workspace for a program: starts runs, and finds the versions that there are. What a method needs is loaded when it is called. */
import { resolve } from 'node:path'
import type { Estimate } from '../core/estimate/estimate.ts'
import type { ApplyFields } from '../core/request/apply-input.ts'
import type { ResumeRequest } from '../core/request/start.ts'
import type { AnswerOf } from './answer-schema.ts'
import type { StackOptions, WorkspaceOptions } from './options.ts'
import type { PipelineVersions } from './pipeline-versions.ts'
import type { Choice, Place, RunOptions } from './place.ts'
import type { KnownFields, RunRequest, StepRequest } from './request.ts'
import type { RerunRequest } from './rerun-request.ts'
import type { Run } from './run.ts'
import type { Version } from './version.ts'

/** A folder here, or a stack on AWS, with all its pipelines and their versions. */
export class Workspace {
  /** Minified, it would have another one. @internal */
  static readonly name = 'Workspace'
  /** The absolute path of the folder here; null for a stack without one. */
  readonly folder: string | null
  readonly #options: WorkspaceOptions | StackOptions
  #place: Promise<Place> | undefined

  /** @internal */
  constructor(folder: string | null, options: WorkspaceOptions | StackOptions) {
    this.folder = folder === null ? null : resolve(folder)
    this.#options = options
  }

  /**
   * Starts a run, and resolves when its version exists; `done` of it resolves when it is completed. Throws RequestRefused before
   * anything is paid for, NothingToDo if it would change nothing, VersionBusy.
   */
  async run<const Steps extends readonly StepRequest[]>(
    request: RunRequest<Steps> & { steps: KnownFields<Steps> },
    { first, sample, ...options }: RunOptions & Choice = {},
  ): Promise<Run<AnswerOf<Steps>>> {
    const { preparedRun } = await import('./request.ts')
    const place = await this.#opened()
    return place.begin(preparedRun(request, { first, sample }), options) as Promise<Run<AnswerOf<Steps>>>
  }

  /**
   * Runs some items again, as a new whole version on another one. `Answer` is the type of its answers as you say it. Throws as `run`
   * does.
   */
  async rerun<Answer = unknown>(request: RerunRequest, options: RunOptions = {}): Promise<Run<Answer>> {
    const { preparedRerun } = await import('./rerun-request.ts')
    const place = await this.#opened()
    return place.begin(preparedRerun(request), options) as Promise<Run<Answer>>
  }

  /** Makes a version with edited answers in place; later steps ask again for their items. Throws as `run` does. */
  async apply<Answer = unknown>(edits: ApplyFields, options: RunOptions = {}): Promise<Run<Answer>> {
    const { preparedApply } = await import('./rerun-request.ts')
    const place = await this.#opened()
    return place.begin(preparedApply(edits), options) as Promise<Run<Answer>>
  }

  /** Goes on with an unfinished version in place. `pipeline` may be the id of a one-off. Throws RequestRefused, VersionBusy. */
  async resume<Answer = unknown>(
    pipeline: string,
    { version, max_cost_usd, max_concurrency, ...options }: RunOptions & Omit<ResumeRequest, 'pipeline'> = {},
  ): Promise<Run<Answer>> {
    const place = await this.#opened()
    const resume = { pipeline, version, max_cost_usd, max_concurrency }
    return place.begin({ start: { kind: 'resume', resume } }, options) as Promise<Run<Answer>>
  }

  /**
   * Finds a run that goes on without its process: on a stack any, here one that has message batches with the API. Without a
   * version the newest. Throws RequestRefused if there is none.
   */
  async follow<Answer = unknown>(
    pipeline: string,
    { version, ...options }: RunOptions & { version?: string } = {},
  ): Promise<Run<Answer>> {
    const place = await this.#opened()
    return place.follow([pipeline, version], options) as Promise<Run<Answer>>
  }

  /** Stops such a run, and does not wait for its end: what was answered is kept, and `resume` goes on. Throws RequestRefused. */
  async abort(pipeline: string, version?: string): Promise<{ pipeline: string; version: string }> {
    const place = await this.#opened()
    return place.abort([pipeline, version])
  }

  /** What a run would take: requests, tokens, USD and time. Writes nothing. With a key the API counts the tokens, at no cost. Throws RequestRefused. */
  async estimate(request: RunRequest, choice: Choice = {}): Promise<Estimate> {
    const { prepared } = await import('./request.ts')
    const { request: kept, inMemory } = prepared(request)
    const place = await this.#opened()
    return place.estimate(kept, { choice, inMemory })
  }

  /** The versions of all pipelines, or of one. Throws RequestRefused for an unknown one, RecordUnreadable. */
  async list(pipeline?: string): Promise<PipelineVersions[]> {
    const { pipelineVersions } = await import('./pipeline-versions.ts')
    const place = await this.#opened()
    return pipelineVersions(await place.open(), pipeline)
  }

  /**
   * The version that a name means: `v1`, `latest`, `@final` for the newest completed one with that label. Without a name the latest,
   * or the newest if none is completed. `pipeline` may be the id of a one-off. Throws RequestRefused.
   */
  async version(pipeline: string, name?: string): Promise<Version> {
    const { Version } = await import('./version.ts')
    const place = await this.#opened()
    return Version.named(await place.open(), pipeline, name)
  }

  #opened(): Promise<Place> {
    this.#place ??= this.#open()
    return this.#place
  }

  async #open(): Promise<Place> {
    const options = this.#options
    if ('stack' in options) {
      const { StackPlace } = await import('./stack/stack-place.ts')
      return new StackPlace(this.folder ?? undefined, options)
    }
    const { FolderPlace } = await import('./folder/folder-place.ts')
    return new FolderPlace(this.folder!, options)
  }
}
