/** A workspace for a program: starts runs, and finds the versions that there are. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Metadata } from '../core/documents.ts'
import { RequestRefused } from '../core/errors.ts'
import type { Estimate } from '../core/estimate/estimate.ts'
import { interruption } from '../core/interruption.ts'
import type { Model } from '../core/model.ts'
import type { ResumeRequest, Start } from '../core/request/start.ts'
import { startOf } from '../core/request/start-input.ts'
import type { Progress } from '../core/run-events.ts'
import { knownPipeline } from '../core/versions/versions.ts'
import { chooseModel, NoModel } from '../runners/choose-model.ts'
import { estimateRequest, runStart } from '../runners/run-pipeline.ts'
import { FolderStore } from '../stores/folder.ts'
import type { AnswerOf } from './answer-schema.ts'
import { findVersion } from './find-version.ts'
import { InMemory } from './items-in-memory.ts'
import { listed } from './list-versions.ts'
import { prepared, type RunRequest, type StepRequest } from './request.ts'
import { type RerunRequest, rerunInput, withNewPrompts } from './rerun-request.ts'
import { Run } from './run.ts'
import { RunEvents } from './run-events.ts'
import { Version } from './version.ts'

export interface WorkspaceOptions {
  /** Answers by the stand-in instead of a model. */
  offline?: boolean
  /** Default: ANTHROPIC_API_KEY. */
  apiKey?: string
  /** Default: ANTHROPIC_BASE_URL, else https://api.anthropic.com. */
  baseURL?: string
  /** A model of your own, instead of the API and the stand-in. */
  model?: Model
}

export interface RunOptions {
  onProgress?: (event: Progress) => void
  /**
   * Aborting it stops softly: no new calls, those under way end, and the version can be resumed. The error is RunInterrupted, and
   * the signal's reason is its `cause`.
   */
  signal?: AbortSignal
}

/** Which of its items a run takes. */
export interface Choice {
  /** The first n items only, as a one-off that is not listed. */
  first?: number
  /** Only a sample of the items that would be taken otherwise; the same seed draws the same items. */
  sample?: { count: number; seed: number }
}

/** A pipeline with its versions, oldest first. */
export interface PipelineVersions {
  pipeline: string
  /** The latest completed version; null if there is none. */
  latest: string | null
  versions: (Metadata & { alive: boolean })[]
}

export class Workspace {
  /** The absolute path of the folder. */
  readonly folder: string
  readonly #options: WorkspaceOptions

  constructor(folder: string, options: WorkspaceOptions) {
    this.folder = resolve(folder)
    this.#options = options
  }

  /**
   * Starts a run, and resolves when its version exists; `done` of it resolves when it is completed. Throws RequestRefused before
   * anything is paid for, NothingToDo if it would change nothing, VersionBusy.
   */
  async run<const Steps extends readonly StepRequest[]>(
    request: RunRequest<Steps>,
    { first, sample, ...options }: RunOptions & Choice = {},
  ): Promise<Run<AnswerOf<Steps>>> {
    const { request: kept, inMemory } = prepared(request)
    return this.#begin({ kind: 'run', request: kept, first, sample }, { ...options, inMemory })
  }

  /** Runs some items again, as a new whole version on another one. Throws as `run` does. */
  async rerun(request: RerunRequest, options: RunOptions = {}): Promise<Run> {
    const { input, prompts, inMemory } = rerunInput(request)
    const { start } = startOf(input)
    return this.#begin(withNewPrompts(start, { prompts, inMemory }), { ...options, inMemory })
  }

  /** Goes on with an unfinished version in place. `pipeline` may be the id of a one-off. Throws RequestRefused, VersionBusy. */
  async resume(
    pipeline: string,
    { version, max_cost_usd, ...options }: RunOptions & Omit<ResumeRequest, 'pipeline'> = {},
  ): Promise<Run> {
    return this.#begin({ kind: 'resume', resume: { pipeline, version, max_cost_usd } }, options)
  }

  /** What a run would take: requests, tokens, USD and time. Writes nothing. With a key the API counts the tokens, at no cost. Throws RequestRefused. */
  async estimate(request: RunRequest, choice: Choice = {}): Promise<Estimate> {
    const { request: kept, inMemory } = prepared(request)
    const { apiKey = process.env.ANTHROPIC_API_KEY, model, offline = false } = this.#options
    const counting = model ?? (offline || !apiKey?.trim() ? new NoModel(false) : await this.#model())
    const tools = { store: this.#store(), model: counting, inMemory: inMemory.conversion }
    const { estimate } = await estimateRequest(tools, kept, choice)
    return estimate
  }

  /** The versions of all pipelines, or of one. Throws RequestRefused for an unknown one, RecordUnreadable. */
  async list(pipeline?: string): Promise<PipelineVersions[]> {
    const store = this.#store()
    const names = pipeline === undefined ? await store.pipelines() : [await knownPipeline(store, pipeline)]
    const onUnreadable = (error: Error) => {
      throw error
    }
    return Promise.all(
      names.map(async (name) => {
        const { latest, versions } = await listed({ store, countable: true }, name, { labels: null, onUnreadable })
        const records = versions.map(({ metadata, alive }) => ({ ...metadata, alive }))
        return { pipeline: name, latest: latest ?? null, versions: records }
      }),
    )
  }

  /**
   * The version that a name means: `v1`, `latest`, `@final` for the newest completed one with that label. Without a name the latest,
   * or the newest if none is completed. `pipeline` may be the id of a one-off. Throws RequestRefused.
   */
  async version(pipeline: string, name?: string): Promise<Version> {
    const store = this.#store()
    return Version.of({ root: this.folder, store }, await findVersion(store, pipeline, name))
  }

  async #begin<Answer>(
    start: Start,
    { onProgress, signal, inMemory = new InMemory() }: RunOptions & { inMemory?: InMemory },
  ): Promise<Run<Answer>> {
    if (signal?.aborted) throw interruption(signal)
    const store = this.#store()
    const events = new RunEvents(onProgress)
    const tools = { store, model: await this.#model(), report: events.report, inMemory: inMemory.conversion }
    const done = runStart(signal === undefined ? tools : { ...tools, signal }, start)
    const { pipeline, version } = await Promise.race([events.opened, done])
    return new Run({ root: this.folder, store, ref: { pipeline, version }, events, done })
  }

  /** A run has a store of its own, so that runs at once do not disturb each other. Throws RequestRefused. */
  #store(): FolderStore {
    if (!statSync(this.folder, { throwIfNoEntry: false })?.isDirectory())
      throw new RequestRefused([
        `There is no folder ${this.folder}. Expected the folder of a workspace. Make it, or name another one.`,
      ])
    return new FolderStore(this.folder)
  }

  #model(): Promise<Model> | Model {
    const { offline, model } = this.#options
    const { apiKey = process.env.ANTHROPIC_API_KEY, baseURL = process.env.ANTHROPIC_BASE_URL } = this.#options
    return model ?? chooseModel({ offline, apiKey, baseURL, howOffline: 'set offline: true' })
  }
}
