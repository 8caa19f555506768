/** Follows a run on AWS: its counts from the table, its end from the version's record and its execution. */

import { setTimeout as wait } from 'node:timers/promises'
import type { Metadata, RunDocument, Stats } from '../core/documents.ts'
import { behindOpen, NothingToDo, RunFailed } from '../core/errors.ts'
import { errorOfStatus } from '../core/flow.ts'
import type { Report } from '../core/run-events.ts'
import { type VersionRef, versionFolder } from '../core/store.ts'
import { batchesOut, batchesText } from '../core/versions/message-batches.ts'
import { readRun } from '../core/versions/version-documents.ts'
import type { ExecutionState, Executions } from '../executions/executions.ts'
import type { CloudStore, RunProgress, StoredRun } from '../stores/s3-dynamodb.ts'
import { errorOf, isOurs } from './ended-run.ts'
import { type RunResult, resultOf } from './local.ts'
import { pollWithRetry } from './poll-with-retry.ts'
import { StepEvents } from './step-progress.ts'
import { warnOfLatest } from './warn-of-latest.ts'

export interface FollowTools {
  store: CloudStore
  executions: Executions
  report: Report
  /** Aborted: the run continues, only nobody watches. */
  signal: AbortSignal
}

/** Two looks a second are live enough for a bar: a look is two reads of the table, a million of which cost 13 cents. */
const lookMs = 500
/** A look at the message batches that are out is a listing of the bucket, and a read of each. */
const batchesMs = 10_000
/** An execution that ends without a word in the version's record is seen within this time. AWS allows 15 of these a second. */
const executionMs = 5000
/**
 * EventBridge hands on within seconds that an execution has ended; then `fail` waits for calls under way, five minutes at most,
 * and writes the ledgers of the step in progress.
 */
const markedMs = 6 * 60_000

/**
 * Follows a run to its end and resolves with the result that the local runner would give. Throws what the local runner would
 * throw, or the reason of `signal`.
 */
export async function followRun(tools: FollowTools, runId: string): Promise<RunResult> {
  const following = new Following(tools, runId)
  const { store } = tools
  let execution: ExecutionState | undefined
  let askedAt = performance.now()
  while (execution === undefined || execution.status === 'RUNNING') {
    tools.signal.throwIfAborted()
    await wait(lookMs, undefined, { signal: tools.signal }).catch(() => tools.signal.throwIfAborted())
    const seemsOver = await pollWithRetry(() => following.look())
    if (!seemsOver && performance.now() - askedAt < executionMs) continue
    askedAt = performance.now()
    execution = await pollWithRetry(() => tools.executions.describe(runId))
    if (execution === undefined)
      throw new RunFailed(`AWS knows no execution of the run ${runId}. It may be older than 90 days.`)
  }
  await pollWithRetry(() => following.look())
  return following.ended(store, execution)
}

class Following {
  readonly #tools: FollowTools
  readonly #runId: string
  #begun: { ref: VersionRef; run: RunDocument; events: StepEvents } | null = null
  #account: RunProgress['account'] = null
  #batchesAt = Number.NEGATIVE_INFINITY
  /** The message batches that were told. */
  #out = ''

  constructor(tools: FollowTools, runId: string) {
    this.#tools = tools
    this.#runId = runId
  }

  /** Tells what has changed. Returns whether the version's record says that it has ended. */
  async look(): Promise<boolean> {
    const { store } = this.#tools
    const stored = this.#begun === null ? await store.run(this.#runId) : undefined
    if (stored !== undefined) await this.#begin(stored)
    if (this.#begun === null) return false
    const { ref, events } = this.#begun
    const progress = await store.progress(ref).read()
    if (progress !== undefined) events.look(progress)
    await this.#tellBatches()
    this.#account = progress?.account ?? this.#account
    return (await store.version(ref))?.metadata.status !== 'running'
  }

  /** Tells what is with the API if it is not what was told before. */
  async #tellBatches(): Promise<void> {
    const { store, report } = this.#tools
    if (this.#begun === null || this.#begun.run.request.delivery !== 'batch') return
    if (performance.now() - this.#batchesAt < batchesMs) return
    this.#batchesAt = performance.now()
    const out = await batchesOut(store, this.#begun.ref)
    const which = out.map(({ step, number }) => `${step}/${number}`).join(' ')
    if (which !== this.#out && out.length > 0)
      report({ type: 'message', level: 'info', text: `${batchesText(out)}. \`itemwise abort\` cancels them.` })
    this.#out = which
  }

  async #begin({ pipeline, version, epoch }: StoredRun): Promise<void> {
    const { store, report } = this.#tools
    const ref = { pipeline, version }
    const run = await readRun(store, ref)
    const before = epoch > 1 ? await store.progress(ref).read() : undefined
    report({ type: 'opened', ...ref, folder: versionFolder(ref), mode: run.mode, base: run.base_version })
    this.#begun = { ref, run, events: new StepEvents(report, run, before) }
  }

  /** What the run came to, or the error that it ended with. */
  async ended(store: CloudStore, execution: ExecutionState): Promise<RunResult> {
    if (this.#begun === null) throw withoutVersion(execution)
    const { ref, run, events } = this.#begun
    const metadata = await this.#markedRecord(ref, execution)
    if (metadata === undefined || metadata.status !== 'completed' || execution.status !== 'SUCCEEDED')
      throw this.#errorIn(execution, metadata)
    events.complete(metadata.stats as Stats)
    const result = resultOf(ref, run, (await store.version(ref))?.metadata ?? metadata)
    warnOfLatest(this.#tools.report, { result, run })
    return result
  }

  /** The record once it says how the run ended. If no Catch saw the end, a rule marks it some seconds later. */
  async #markedRecord(ref: VersionRef, { error }: ExecutionState): Promise<Metadata | undefined> {
    const { store, signal } = this.#tools
    const until = performance.now() + markedMs
    for (;;) {
      const metadata = (await pollWithRetry(() => store.version(ref)))?.metadata
      if (metadata?.status !== 'running' || error === 'WriterReplaced' || performance.now() > until) return metadata
      await wait(lookMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }

  /** An error of ours says why. If the machine itself failed or was stopped, the version's log says more. */
  #errorIn({ status, error, cause }: ExecutionState, metadata: Metadata | undefined): Error {
    const logged = metadata?.logs.findLast(({ level }) => level === 'error')?.message ?? null
    const aborted = metadata?.status === 'aborted' || status === 'ABORTED'
    const name = aborted ? errorOfStatus('ABORTED') : (error ?? errorOfStatus(status))
    const said = isOurs(error) && error === name ? (cause ?? logged) : (logged ?? cause)
    const message = said ?? (aborted ? 'The run was stopped.' : `The execution ended with ${status}.`)
    return behindOpen(errorOf({ name, message, account: this.#account })) as Error
  }
}

/** How a run ended that began no version. */
function withoutVersion({ status, error, cause, output }: ExecutionState): Error {
  if (status === 'SUCCEEDED') return new NothingToDo(nothingIn(output))
  const name = error ?? errorOfStatus(status)
  const words =
    status === 'ABORTED' ? 'The run was stopped before it began a version.' : `The execution ended with ${status}.`
  return errorOf({ name, message: cause ?? words, account: null })
}

function nothingIn(output: unknown): string {
  const { nothing } = (output ?? {}) as { nothing?: unknown }
  return typeof nothing === 'string' ? nothing : 'Nothing to do. No version was made.'
}
