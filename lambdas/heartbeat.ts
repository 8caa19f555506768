/** The heartbeat of a chunk in progress: writes counts for display to the table now and then, and learns of a stop. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Spending } from '../core/documents.ts'
import { RunInterrupted, WriterReplaced } from '../core/errors.ts'
import { flow } from '../core/flow.ts'
import { nothingSpent, plus } from '../core/money/spending.ts'
import type { Progress } from '../core/run-events.ts'
import { beatMs, type CloudProgress, type StepDelta } from '../stores/s3-dynamodb.ts'
import { logger } from './environment.ts'
import type { ProcessEvent } from './events.ts'

/** After these the chunk is called again, or another writer continues it. */
const comesAgain = new Set<string>([...flow.retried.ours, 'RunInterrupted', 'WriterReplaced'])

const nothing: StepDelta = { answered: 0, failed: 0, kept: 0, ...nothingSpent }

/** What a heartbeat is of. `left`: null in the first call, whose items have not been counted. */
export type HeartbeatOf = Pick<ProcessEvent, 'run' | 'step' | 'left'>

export class Heartbeat {
  /** Items of the chunk that are answered or failed, in this call or before; null until the work on it has begun. */
  settled: number | null = null
  /** Epoch milliseconds at which the current outage of the API began; null if there is none. */
  pausedSince: number | null = null
  readonly #progress: CloudProgress
  readonly #work: HeartbeatOf
  readonly #stopped = new AbortController()
  readonly #replaced = new AbortController()
  #delta: StepDelta = nothing
  #total: StepDelta = nothing
  #throttles = 0
  #timer: NodeJS.Timeout | undefined
  #beating: Promise<void> = Promise.resolve()

  constructor(progress: CloudProgress, work: HeartbeatOf) {
    this.#progress = progress
    this.#work = work
  }

  /** Aborts when the run was stopped, by a person or by what happened in another chunk. */
  get stopped(): AbortSignal {
    return this.#stopped.signal
  }

  /** Aborts when a newer writer took the version over. */
  get replaced(): AbortSignal {
    return this.#replaced.signal
  }

  /** The first beat. If the run was stopped in the meantime, the chunk does not begin. Throws RunInterrupted, WriterReplaced. */
  async begin(): Promise<void> {
    await this.#beat()
    this.#replaced.signal.throwIfAborted()
    this.#stopped.signal.throwIfAborted()
    this.#timer = setInterval(() => {
      this.#beating = this.#beating.then(() => this.#beat()).catch((error) => this.#warn(error))
    }, beatMs)
  }

  readonly report = (event: Progress): void => {
    if (event.type === 'retry' && ['rate_limited', 'overloaded'].includes(event.retry.kind)) this.#throttles += 1
    if (event.type === 'spent') {
      this.#delta = { ...this.#delta, ...plus(this.#delta, event.spending) }
      this.#total = { ...this.#total, ...plus(this.#total, event.spending) }
    }
    if (event.type === 'paused') this.#notePause(event)
    if (event.type === 'went_on') this.pausedSince = null
    if (event.type !== 'item') return
    this.settled = (this.settled ?? 0) + 1
    // Items that an earlier call of this chunk finished were counted then.
    if (event.spending === null && this.#work.left !== null) return
    const { state, spending } = event
    this.#delta = counted(this.#delta, { state, spending })
    this.#total = counted(this.#total, { state, spending })
  }

  #notePause({ since, reason, next_ms }: Progress & { type: 'paused' }): void {
    this.pausedSince = since
    logger.warn('Paused: the API is away.', { since: new Date(since).toISOString(), reason, next_ms })
  }

  /** Called with the error that ends the chunk while its calls under way still finish, so that the other chunks learn of it now. */
  readonly ends = (error: unknown): void => {
    this.#beating = this.#beating.then(() => this.stopOthers(error)).catch((failure) => this.#warn(failure))
  }

  /** Ends the other chunks if they would meet this error too, or if the step stops on errors. */
  async stopOthers(error: unknown): Promise<void> {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    if (comesAgain.has(name)) return
    await this.#progress.stop({ by: 'error', error: name, message })
  }

  /** The last beat, and the metrics of the call. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.#beating
    await this.#beat().catch((error) => this.#warn(error))
    await this.#progress.leave()
    this.#publishMetrics()
  }

  async #beat(): Promise<void> {
    const { run, step } = this.#work
    const delta = this.#delta
    this.#delta = nothing
    const { epoch, stop } = await this.#progress.beat(run.epoch, step, delta)
    if (epoch > run.epoch) {
      this.#replaced.abort(
        new WriterReplaced(`${run.pipeline} ${run.version} was taken over by another run, so this one stops.`),
      )
    }
    if (stop !== null) this.#stopped.abort(new RunInterrupted(stop.message))
  }

  /** Counts are for display, so a failed beat costs no answer. */
  #warn(error: unknown): void {
    logger.warn('A beat could not be written.', { error: error instanceof Error ? error.message : String(error) })
  }

  #publishMetrics(): void {
    const metrics = new Metrics()
    // By pipeline for the dashboard, and all together for the alarms. CloudWatch takes ASCII only.
    metrics.addDimensions({ pipeline: encodeURIComponent(this.#work.run.pipeline) }).addDimensions({})
    const { answered, failed, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, cost_usd } =
      this.#total
    metrics.addMetric('ItemsAnswered', MetricUnit.Count, answered)
    metrics.addMetric('ItemsFailed', MetricUnit.Count, failed)
    metrics.addMetric('InputTokens', MetricUnit.Count, input_tokens + cache_read_tokens + cache_write_tokens)
    metrics.addMetric('OutputTokens', MetricUnit.Count, output_tokens)
    metrics.addMetric('CostUsd', MetricUnit.NoUnit, cost_usd ?? 0)
    metrics.addMetric('Throttles', MetricUnit.Count, this.#throttles)
    metrics.publishStoredMetrics()
  }
}

function counted(
  sum: StepDelta,
  { state, spending }: { state: 'answered' | 'failed' | 'kept'; spending: Spending | null },
): StepDelta {
  return { ...sum, [state]: sum[state] + 1, ...plus(sum, spending ?? nothingSpent) }
}
