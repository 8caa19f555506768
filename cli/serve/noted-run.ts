/** Notes a run of the command line in the index of runs, so that the page and the API of this workspace can tell how it goes on. */
import { RunDetached } from '../../core/errors.ts'
import type { Progress, Report } from '../../core/run-events.ts'
import { oneOffs, type Store, type VersionRef } from '../../core/store.ts'
import { readRun } from '../../core/versions/version-documents.ts'
import { markOf, newIndexedRun, RunIndex } from '../../stores/run-index.ts'
import { earlierOf, RunRecord } from './run-record.ts'

interface NotedTools {
  /** The workspace. */
  root: string
  store: Store
  /** Told of everything, too. */
  report: Report
  /** Whether a version is resumed: what it has cost before is not known here. */
  isResumed: boolean
}

/** What cannot be noted is not shown; the run goes on. */
export class NotedRun {
  readonly #tools: NotedTools
  readonly #index: RunIndex
  /** What happens until the entry is there. */
  #waiting: Progress[] | null = null
  #begun: Promise<void> = Promise.resolve()
  #record: RunRecord | null = null
  #runId = ''

  constructor(tools: NotedTools) {
    this.#tools = tools
    this.#index = new RunIndex(tools.root)
  }

  readonly report: Report = (event) => {
    this.#tools.report(event)
    // A try-out is not listed, and nobody follows it.
    if (event.type === 'opened' && event.pipeline !== oneOffs) {
      this.#waiting = [event]
      this.#begun = this.#begin(event).catch(() => {
        this.#waiting = null
      })
    } else if (this.#waiting !== null) this.#waiting.push(event)
    else this.#record?.report(event)
  }

  /** Writes down how it ended: without an error it is completed. */
  async end(error?: unknown): Promise<void> {
    await this.#begun
    this.#record?.end(error)
    // It goes on without a process: what is with the API is kept by whoever resumes it.
    if (error instanceof RunDetached && this.#record !== null) this.#index.remove(this.#runId)
  }

  async #begin(ref: VersionRef): Promise<void> {
    const { run_id, created } = await readRun(this.#tools.store, ref)
    const before = this.#index.read(run_id)
    const fresh = before ?? { ...newIndexedRun({ run_id, created, input_sha256: '' }), by_command: true as const }
    const going = { process: markOf(process.pid), hears: true, steps: [], collated: false, ended: null }
    const entry = { ...fresh, ...going, pipeline: ref.pipeline, version: ref.version }
    if (before !== undefined) this.#index.write(entry)
    else if (!this.#index.create(entry)) return
    this.#runId = run_id
    this.#record = new RunRecord(this.#index, entry)
    if (this.#tools.isResumed) this.#record.earlier = earlierOf(undefined)
    for (const event of this.#waiting ?? []) this.#record.report(event)
    this.#waiting = null
  }
}
