/** A stack on AWS. A run is an execution of its state machine, and goes on without the process that began it. */
import { interruption, RequestRefused, RunDetached, RunInterrupted } from '../../core/errors.ts'
import type { Estimate } from '../../core/estimate/estimate.ts'
import type { Report } from '../../core/run-events.ts'
import type { VersionRef } from '../../core/store.ts'
import { abortRun } from '../../executions/abort-run.ts'
import { stopRun } from '../../executions/stop-run.ts'
import { isAskedOffline } from '../../runners/asked-offline.ts'
import { countingModel, estimatingModel } from '../../runners/counting-model.ts'
import { estimateRequest } from '../../runners/dry-run.ts'
import { followRun } from '../../runners/step-functions.ts'
import type { InMemory } from '../items-in-memory.ts'
import type { Opened } from '../opened.ts'
import type { StackOptions } from '../options.ts'
import type { Beginning, Choice, Place, RunOptions } from '../place.ts'
import { Run } from '../run.ts'
import { RunEvents } from '../run-events.ts'
import { inWords } from './aws-messages.ts'
import { callerOnAws } from './caller.ts'
import { namedRun } from './named-run.ts'
import { openStack, type Stack } from './open-stack.ts'
import { startResume, startRun } from './start-run.ts'
import { withFiles } from './with-files.ts'

/** A look reads again what is kept of a thousand items, in a few requests. */
const lookEveryMs = 1000

export class StackPlace implements Place {
  readonly #folder: string | undefined
  readonly #options: StackOptions
  #found: Promise<Stack> | undefined

  /** `folder`: the absolute path of the folder here whose files runs may name. */
  constructor(folder: string | undefined, options: StackOptions) {
    this.#folder = folder
    this.#options = options
  }

  async open(): Promise<Opened> {
    return openedOf(await this.#stack())
  }

  async begin(beginning: Beginning, options: RunOptions): Promise<Run> {
    if (options.signal?.aborted) throw interruption(options.signal)
    const stack = await this.#stack()
    const events = new RunEvents({ onProgress: options.onProgress, lookEveryMs })
    const run_id = await said(this.#started(stack, beginning, events.report))
    return followed(stack, { run_id, events }, options)
  }

  async #started(stack: Stack, beginning: Beginning, report: Report): Promise<string> {
    const files = withFiles(stack, this.#folder)
    const { offline } = this.#access
    if (!('input' in beginning))
      return (await startResume(stack, files, { resume: beginning.start.resume, offline, report })).run_id
    const { start, input, inMemory } = beginning
    const tools = { model: await countingModel(this.#access), inMemory: inMemory.conversion, report }
    return (await startRun(stack, files, { start, input: { ...input, offline }, tools })).run_id
  }

  async estimate(request: unknown, { choice, inMemory }: { choice: Choice; inMemory: InMemory }): Promise<Estimate> {
    const { store } = withFiles(await this.#stack(), this.#folder)
    const model = await estimatingModel(this.#access)
    const tools = { store, model, inMemory: inMemory.conversion, batches: true }
    return (await said(estimateRequest(tools, request, choice))).estimate
  }

  async follow(words: readonly [string, string?], options: RunOptions): Promise<Run> {
    const stack = await this.#stack()
    const run_id = await said(namedRun(stack, words))
    return followed(stack, { run_id, events: new RunEvents({ onProgress: options.onProgress, lookEveryMs }) }, options)
  }

  async abort(words: readonly [string, string?]): Promise<VersionRef> {
    const stack = await this.#stack()
    return said(aborted(stack, await said(namedRun(stack, words))))
  }

  /** It is looked for when it is first needed. */
  #stack(): Promise<Stack> {
    const { stack: name, region } = this.#options
    this.#found ??= said(openStack({ name, region, naming: { stack: 'stack', region: 'region' } })).catch((error) => {
      this.#found = undefined
      throw error
    })
    return this.#found
  }

  get #access() {
    const { apiKey = process.env.ANTHROPIC_API_KEY, baseURL = process.env.ANTHROPIC_BASE_URL } = this.#options
    return { offline: this.#options.offline ?? isAskedOffline(process.env), apiKey, baseURL }
  }
}

function openedOf({ store, place, region }: Stack): Opened {
  return {
    store,
    at: (path) => `s3://${place.bucket}/${path}`,
    countsUnfinished: false,
    caller: () => callerOnAws(region),
  }
}

/** Resolves when the run has begun its version. */
async function followed(
  stack: Stack,
  { run_id, events }: { run_id: string; events: RunEvents },
  { signal, detach = false }: RunOptions,
): Promise<Run> {
  const leaving = new AbortController()
  const stop = () => void abortRun(stack, run_id).catch((error) => leaving.abort(inWords(error)))
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  const following = followRun({ ...stack, report: events.report, signal: leaving.signal }, run_id)
  const done = following
    .catch((error) => {
      if (error instanceof RunInterrupted && signal?.aborted) error.cause ??= signal.reason
      throw inWords(error)
    })
    .finally(() => signal?.removeEventListener('abort', stop))
  const { pipeline, version } = await Promise.race([events.opened, done])
  if (detach)
    leaving.abort(new RunDetached(`${version} of ${pipeline} goes on without this process. Follow it, or abort it.`))
  return new Run({ opened: openedOf(stack), ref: { pipeline, version }, events, done })
}

async function aborted(stack: Stack, run_id: string): Promise<VersionRef> {
  const run = await stack.store.run(run_id)
  if (run === undefined || (await stopRun(stack, run_id)) === null)
    throw new RequestRefused([`The run ${run_id} has ended already, so there is nothing to stop.`])
  return { pipeline: run.pipeline, version: run.version }
}

/** What AWS refuses comes in a sentence. */
async function said<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((error) => {
    throw inWords(error)
  })
}
