/** A run that has begun: its version exists, and its answers come one after the other. */
import { ItemwiseError } from '../core/errors.ts'
import type { Progress } from '../core/run-events.ts'
import { type VersionRef, versionFolder } from '../core/store.ts'
import type { RunResult } from '../runners/local.ts'
import { type AnsweredItem, answersAsKept } from './answers.ts'
import type { Opened } from './opened.ts'
import type { RunEvents } from './run-events.ts'

/** A run that has begun. */
export class Run<Answer = unknown> {
  /** Minified, it would have another one. @internal */
  static readonly name = 'Run'
  /** The full name of the pipeline; `_runs` for a one-off. */
  readonly pipeline: string
  /** `v0`, `v1`, …; of a one-off its id. */
  readonly version: string
  /** The absolute path of the version's folder; on a stack its address in S3. */
  readonly folder: string
  /**
   * Resolves when the version is completed; items may have failed, which `stats.failed` counts. Rejects with RunFailed,
   * ModelUnavailable, StoreUnwritable, BudgetReached or RunInterrupted, after which the version can be resumed.
   */
  readonly done: Promise<RunResult>
  readonly #opened: Opened
  readonly #events: RunEvents

  /** @internal */
  constructor({ opened, ref, events, done }: BegunRun) {
    this.pipeline = ref.pipeline
    this.version = ref.version
    this.folder = opened.at(versionFolder(ref))
    this.#opened = opened
    this.#events = events
    this.done = done.then(
      (result) => withOpenPaths(opened, result),
      async (error) => {
        throw await withVersion(error, { ...opened, ref })
      },
    )
    // Whoever reads the answers is told there; the process does not end because nobody looks at `done`.
    this.done.catch(() => {})
    done.then(
      () => events.end(),
      () => events.end(),
    )
  }

  /** Each answer of the last step once, in input order, as soon as it is kept. At the end throws what `done` rejects with. */
  async *answers(): AsyncGenerator<AnsweredItem<Answer>> {
    const { pipeline, version } = this
    yield* answersAsKept(this.#opened.store, { pipeline, version }, this.#events) as AsyncGenerator<
      AnsweredItem<Answer>
    >
    await this.done
  }

  /**
   * What happens, until the run has ended: from the beginning, but of single items only what comes from now on. A loop that is slower
   * than the run has the events wait in memory.
   */
  events(): AsyncGenerator<Progress> {
    return this.#events[Symbol.asyncIterator]()
  }
}

/** What a run consists of when its version has begun. */
export interface BegunRun {
  opened: Opened
  ref: VersionRef
  events: RunEvents
  done: Promise<RunResult>
}

/** A result whose paths open as they are. */
function withOpenPaths({ at }: Opened, result: RunResult): RunResult {
  return { ...result, folder: at(result.folder), outputs: result.outputs.map(at) }
}

/** The error with its version and what that has cost. */
async function withVersion(
  error: unknown,
  { store, ref }: Pick<Opened, 'store'> & { ref: VersionRef },
): Promise<unknown> {
  if (!(error instanceof ItemwiseError)) return error
  const { pipeline, version } = ref
  error.version = { pipeline, version }
  try {
    const { stats = {} } = (await store.version(ref))?.metadata ?? {}
    error.paid_usd = 'cost_usd' in stats ? stats.cost_usd : null
  } catch {
    // The run's own error is the one to tell.
    error.paid_usd = null
  }
  return error
}
