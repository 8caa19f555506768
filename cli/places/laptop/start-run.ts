/** Runs in front of a person: shows progress, stops on Ctrl-C, says how to resume, and prints the result. */
import { NothingToDo, RequestRefused, RunDetached, RunInterrupted } from '../../../core/errors.ts'
import type { Model } from '../../../core/model.ts'
import type { Start as AnyStart } from '../../../core/request/start.ts'
import { oneOffs, type Store, type VersionRef } from '../../../core/store.ts'
import { batchesOut, batchesText } from '../../../core/versions/message-batches.ts'
import { chooseModel, NoModel } from '../../../runners/choose-model.ts'
import { unaskedModel } from '../../../runners/dry-run.ts'
import type { RunResult } from '../../../runners/local.ts'
import type { StartTools } from '../../../runners/run-pipeline.ts'
import { useFrugalHeap } from '../../../workspace/frugal-heap.ts'
import { confirmOn, startOverOn } from '../../confirm.ts'
import { ProgressView } from '../../progress-view.ts'
import { detached, howToResume, nothingToDo, printResult } from '../../run-end.ts'
import type { RunOptions } from '../../run-options.ts'
import { NotedRun } from '../../serve/noted-run.ts'
import { tellEnd } from '../../tell-end.ts'
import type { Terminal } from '../../terminal.ts'
import type { Starting } from '../place.ts'

export interface Start {
  /** What is started; unless it is told, a model is needed. */
  start?: Starting['start'] | undefined
  flags: RunOptions
  store: Store
  /** The workspace in whose index the run is noted. Default: it is not. */
  root?: string | undefined
  wantsVerbose?: boolean | undefined
  end?: Starting['end']
}

/** Calls `begin` with everything a run needs and returns the exit code: 0, or 3 if items failed. */
export async function startRun(
  { start, flags, store, root, wantsVerbose = false, end }: Start,
  terminal: Terminal,
  begin: (tools: StartTools) => Promise<RunResult>,
): Promise<number> {
  useFrugalHeap()
  const model = await modelOf(flags, { store, begin, start }, terminal)
  const view = new ProgressView(terminal, { verbose: flags.verbose === true || wantsVerbose, brief: end !== undefined })
  const report = view.report
  const noted = root === undefined ? null : new NotedRun({ root, store, report, isResumed: start === undefined })
  const interruption = new Interruption(view)
  const confirm = confirmOn(terminal, { yes: flags.yes === true, signal: interruption.soft })
  const startOver = startOverOn(terminal, { yes: flags.yes === true, signal: interruption.soft })
  try {
    const result = await begin({
      store,
      model,
      stdin: terminal.stdin,
      report: noted?.report ?? report,
      signal: interruption.soft,
      halt: interruption.hard,
      detach: flags.detach === true,
      ...(confirm && { confirm }),
      ...(startOver && { startOver }),
    })
    await noted?.end()
    view.close()
    if (end !== undefined) return end(result)
    const code = printResult({ result, base: view.version?.base ?? null, flags }, terminal)
    await tellEnd({ store, ref: result, error: null }, flags, terminal)
    return code
  } catch (error) {
    await noted?.end(error)
    view.close()
    if (error instanceof NothingToDo) return nothingToDo(error, flags, terminal)
    if (error instanceof RunDetached && view.version !== null)
      return detached(error, { version: view.version, flags }, terminal)
    if (view.version !== null) {
      terminal.note(`${howToResume(error, view.version, flags)}${await howToCancel(store, view.version)}\n`)
      // Who tries something out sees how it ends.
      if (end === undefined) await tellEnd({ store, ref: view.version, error }, flags, terminal)
    }
    throw error
  } finally {
    interruption.end()
  }
}

/** Message batches that are left with the API go on, and are billed. */
async function howToCancel(store: Store, ref: VersionRef): Promise<string> {
  const out = await batchesOut(store, ref)
  if (out.length === 0) return ''
  const which = ref.pipeline === oneOffs ? ref.version : `${ref.pipeline} ${ref.version}`
  return `\n${batchesText(out)}. They go on, and are billed. Cancel them: itemwise abort ${which}`
}

/** Without a key nothing can run, but all other problems are reported with it. */
export async function modelOf(
  { offline, howOffline }: RunOptions & { howOffline?: string },
  {
    store,
    begin,
    start,
  }: { store: Store; begin: (tools: StartTools) => Promise<RunResult>; start?: AnyStart | undefined },
  { env, stdin }: Pick<Terminal, 'env' | 'stdin'>,
): Promise<Model> {
  const unasked = start === undefined ? null : await unaskedModel({ store, stdin }, start)
  if (unasked !== null) return unasked
  try {
    return await chooseModel({ offline, howOffline, apiKey: env.ANTHROPIC_API_KEY, baseURL: env.ANTHROPIC_BASE_URL })
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error
    const others = await begin({ store, model: new NoModel(false), stdin, checkOnly: true }).then(
      noProblems,
      problemsOf,
    )
    if (others.length === 0) throw error
    // The headline of several problems says it.
    const own = error.problems.map((problem) => problem.replace(', so nothing was started', ''))
    throw new RequestRefused([...own, ...others])
  }
}

const noProblems = (): readonly string[] => []
const problemsOf = (error: unknown) => (error instanceof RequestRefused ? error.problems : [])

/** Ctrl-C once: no new calls, those under way end. Twice: stop now. A terminal that is closed says SIGHUP, often twice: never now. */
class Interruption {
  readonly #soft = new AbortController()
  readonly #hard = new AbortController()
  readonly #view: ProgressView

  constructor(view: ProgressView) {
    this.#view = view
    process.on('SIGINT', this.#stop)
    process.on('SIGTERM', this.#stop)
    process.on('SIGHUP', this.#hangUp)
  }

  get soft(): AbortSignal {
    return this.#soft.signal
  }

  get hard(): AbortSignal {
    return this.#hard.signal
  }

  readonly #stop = () => {
    if (this.#hard.signal.aborted) process.exit(130)
    if (this.#soft.signal.aborted) {
      this.#view.message('Stopping now.')
      this.#hard.abort(new RunInterrupted('The run was stopped at once; calls in progress were lost.'))
      return
    }
    this.#view.message('Stopping: no new calls; waiting for calls in progress. Press Ctrl-C again to stop now.')
    this.#soft.abort(new RunInterrupted('The run was stopped.'))
  }

  /** The shell and the system may both tell of one terminal. */
  readonly #hangUp = () => {
    if (!this.#soft.signal.aborted) this.#stop()
  }

  end(): void {
    process.off('SIGINT', this.#stop)
    process.off('SIGTERM', this.#stop)
    process.off('SIGHUP', this.#hangUp)
  }
}
