/** A folder on this machine. A run lives in the process that begins it. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { interruption, RequestRefused } from '../../core/errors.ts'
import type { Estimate } from '../../core/estimate/estimate.ts'
import type { Model } from '../../core/model.ts'
import { cancelBatches } from '../../core/stages/half-price/cancel.ts'
import { oneOffs, type VersionRef } from '../../core/store.ts'
import { isAskedOffline } from '../../runners/asked-offline.ts'
import { chooseModel } from '../../runners/choose-model.ts'
import { estimatingModel } from '../../runners/counting-model.ts'
import { estimateRequest } from '../../runners/dry-run.ts'
import { runStart } from '../../runners/run-pipeline.ts'
import { FolderStore } from '../../stores/folder.ts'
import { useFrugalHeap } from '../frugal-heap.ts'
import type { InMemory } from '../items-in-memory.ts'
import type { Opened } from '../opened.ts'
import type { WorkspaceOptions } from '../options.ts'
import type { Beginning, Choice, Place, RunOptions } from '../place.ts'
import { Run } from '../run.ts'
import { RunEvents } from '../run-events.ts'
import { waitingRun } from './waiting-run.ts'

/** An answer that is looked for comes within this time after it is kept; looking more often would read more than it finds. */
const lookEveryMs = 20

export class FolderPlace implements Place {
  readonly #folder: string
  readonly #options: WorkspaceOptions

  /** `folder`: its absolute path. */
  constructor(folder: string, options: WorkspaceOptions) {
    this.#folder = folder
    this.#options = options
  }

  /** A run has a store of its own, so that runs at once do not disturb each other. */
  async open(): Promise<Opened> {
    if (!statSync(this.#folder, { throwIfNoEntry: false })?.isDirectory())
      throw new RequestRefused([
        `There is no folder ${this.#folder}. Expected the folder of a workspace. Make it, or name another one.`,
      ])
    return {
      store: new FolderStore(this.#folder),
      at: (path) => join(this.#folder, path),
      countsUnfinished: true,
      caller: async () => null,
    }
  }

  async begin(beginning: Beginning, options: RunOptions): Promise<Run> {
    return this.#begin(beginning, options, await this.#model(this.#offline))
  }

  async #begin(beginning: Beginning, { onProgress, signal, detach = false }: RunOptions, model: Model): Promise<Run> {
    if (signal?.aborted) throw interruption(signal)
    const opened = await this.open()
    const events = new RunEvents({ onProgress, lookEveryMs })
    const given = 'inMemory' in beginning ? { inMemory: beginning.inMemory.conversion } : {}
    const tools = { store: opened.store, model, report: events.report, ...given, detach, ...(signal && { signal }) }
    const giveBack = this.#options.smallHeap ? useFrugalHeap() : () => {}
    const done = runStart(tools, beginning.start).finally(giveBack)
    const { pipeline, version } = await Promise.race([events.opened, done])
    return new Run({ opened, ref: { pipeline, version }, events, done })
  }

  async estimate(request: unknown, { choice, inMemory }: { choice: Choice; inMemory: InMemory }): Promise<Estimate> {
    const { store } = await this.open()
    const model = this.#options.model ?? (await estimatingModel(this.#access))
    const { estimate } = await estimateRequest({ store, model, inMemory: inMemory.conversion }, request, choice)
    return estimate
  }

  async follow(words: readonly [string, string?], options: RunOptions): Promise<Run> {
    const { ref, offline } = await this.#waiting(words)
    const { pipeline, version } = ref
    const resume = pipeline === oneOffs ? { pipeline: version } : { pipeline, version }
    const start = { kind: 'resume', resume } as const
    return this.#begin({ start }, options, await this.#model(offline))
  }

  async abort(words: readonly [string, string?]): Promise<VersionRef> {
    const { ref, offline } = await this.#waiting(words)
    const { store } = await this.open()
    const { batches } = await this.#model(offline)
    if (batches === undefined)
      throw new RequestRefused(['The model of this workspace has no message batches. Open the workspace with the API.'])
    await cancelBatches({ store, batches, now: Date.now, halt: new AbortController().signal }, ref)
    return ref
  }

  async #waiting(words: readonly [string, string?]) {
    const { store } = await this.open()
    const waiting = await waitingRun(store, words)
    if (waiting !== null) return waiting
    throw new RequestRefused([
      `${words.filter(Boolean).join(' ')} has no message batches with the API, so there is nothing to wait for or to cancel. A run in a folder ends with its process; resume it.`,
    ])
  }

  get #access() {
    const { apiKey = process.env.ANTHROPIC_API_KEY, baseURL = process.env.ANTHROPIC_BASE_URL } = this.#options
    return { offline: this.#offline, apiKey, baseURL }
  }

  get #offline(): boolean {
    return this.#options.offline ?? isAskedOffline(process.env)
  }

  #model(offline: boolean | undefined): Promise<Model> | Model {
    return this.#options.model ?? chooseModel({ ...this.#access, offline, howOffline: 'set offline: true' })
  }
}
