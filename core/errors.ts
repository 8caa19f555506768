/** Every error that Itemwise throws on purpose. The names are literals: minifiers rename classes, and Step Functions matches names. */

export abstract class ItemwiseError extends Error {
  abstract override readonly name: string
  /** The version that the run had begun; absent if it had begun none. Set by the library. */
  declare version?: { pipeline: string; version: string }
  /** USD that the answers of this version have cost so far; null if a price is not known. Set with `version`. */
  declare paid_usd?: number | null

  /** A message may quote text of others (V8, the API, a reply), cut anywhere: documents and requests must still be UTF-8. */
  constructor(message: string, options?: ErrorOptions) {
    super(message.toWellFormed(), options)
  }
}

/** Thrown before anything is paid for: the request, a file or an id is wrong. Holds every problem found, not only the first. */
export class RequestRefused extends ItemwiseError {
  override readonly name = 'RequestRefused'
  readonly problems: readonly string[]

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options)
    this.problems = problems.map((problem) => problem.toWellFormed())
  }
}

/** Thrown if the request would change nothing: no version is made. Not a failure. */
export class NothingToDo extends ItemwiseError {
  override readonly name = 'NothingToDo'
}

/** Thrown by a store for a path at which nothing is kept. */
export class FileMissing extends ItemwiseError {
  override readonly name = 'FileMissing'
  readonly path: string

  constructor(path: string, options?: ErrorOptions) {
    super(`There is no file ${path} in the workspace.`, options)
    this.path = path
  }
}

/** Thrown by a store for a path that would leave the workspace, by `..`, absolutely or through a symlink. */
export class PathOutside extends ItemwiseError {
  override readonly name = 'PathOutside'
  readonly path: string

  constructor(path: string) {
    super(
      `${path} leads out of the workspace. Paths are relative to the workspace and stay inside it, also through links.`,
    )
    this.path = path
  }
}

/** Thrown by a store that cannot write: a full disk, a read-only folder, too many open files. The message is a sentence for a person. */
export class StoreUnwritable extends ItemwiseError {
  override readonly name = 'StoreUnwritable'
}

/** Thrown for a version whose record (metadata.json) was damaged: other versions can be read. */
export class RecordUnreadable extends ItemwiseError {
  override readonly name = 'RecordUnreadable'
}

/** Thrown by a store that cannot read what may well be there: access is denied, or the service cannot be reached. */
export class StoreUnreadable extends ItemwiseError {
  override readonly name = 'StoreUnreadable'
}

/** Thrown if another process runs the same version. */
export class VersionBusy extends ItemwiseError {
  override readonly name = 'VersionBusy'
}

/** Thrown if an Idempotency-Key comes again with another request. */
export class KeyReused extends ItemwiseError {
  override readonly name = 'KeyReused'

  /** `runId`: the run that the key's first request started. */
  constructor(runId: string) {
    super(
      `The Idempotency-Key was used for another request before (run ${runId}), so nothing was started. Expected the same request, or a key of its own for each.`,
    )
  }
}

/** Thrown in a writer whose version was taken over by a newer one: it must stop writing. */
export class WriterReplaced extends ItemwiseError {
  override readonly name = 'WriterReplaced'
}

/** Thrown when a run cannot go on: the version becomes `failed` and can be resumed. */
export class RunFailed extends ItemwiseError {
  override readonly name = 'RunFailed'
}

/** Thrown when every item would end alike: a wrong key, an unknown model, a spend cap. Ends the run at once, keeping what was paid for. */
export class ModelUnavailable extends ItemwiseError {
  override readonly name = 'ModelUnavailable'
  /** The failure of the item that was asked for, if it must be kept, as its calls may have been paid for. */
  readonly failure: ItemFailed | null

  constructor(message: string, { failure = null, ...options }: ErrorOptions & { failure?: ItemFailed | null } = {}) {
    super(message, options)
    this.failure = failure
  }
}

/** Thrown when the next call could pass max_cost_usd: the version becomes `failed` and can be resumed with a higher limit. */
export class BudgetReached extends ItemwiseError {
  override readonly name = 'BudgetReached'
  readonly limit_usd: number
  readonly spent_usd: number

  constructor(message: string, { limit_usd, spent_usd }: { limit_usd: number; spent_usd: number }) {
    super(message)
    this.limit_usd = limit_usd
    this.spent_usd = spent_usd
  }
}

/** Thrown when a person stopped the run: the version becomes `aborted` and can be resumed. */
export class RunInterrupted extends ItemwiseError {
  override readonly name = 'RunInterrupted'
}

/** The error that ends a run which was stopped. `stop` is aborted: its reason is the cause, or the error itself if it is one of ours. */
export function interruption({ reason }: AbortSignal): RunInterrupted {
  return reason instanceof RunInterrupted ? reason : new RunInterrupted('The run was stopped.', { cause: reason })
}

/** Thrown when a run has sent its message batches and does not wait for them: the version stays `running` and is resumed later. */
export class RunDetached extends ItemwiseError {
  override readonly name = 'RunDetached'
}

/** Thrown by `collate` when a planned item has neither an answer nor a failure: some of the work is missing. */
export class PartsMissing extends ItemwiseError {
  override readonly name = 'PartsMissing'
}

/** What can be wrong with one item's answer. The words stand in `kind` of the errors file. */
export const failureKinds = [
  'missing_variable',
  'blank_prompt',
  'bad_item',
  'invalid_json',
  'empty_answer',
  'schema_mismatch',
  'max_tokens',
  'refusal',
  'stopped_early',
  'request_refused',
  'rate_limited',
  'overloaded',
  'server_error',
  'connection',
  'timeout',
  'bad_response',
] as const

export type FailureKind = (typeof failureKinds)[number]

/** Thrown for one item that gets no answer. It is data: the item fails, the run goes on. `message` is a sentence for a person. */
export class ItemFailed extends ItemwiseError {
  override readonly name = 'ItemFailed'
  readonly kind: FailureKind
  readonly attempts: number
  readonly request_id: string | null
  /** Whether something came back that was paid for and does not say what it cost. */
  readonly cost_unknown: boolean

  constructor(
    kind: FailureKind,
    message: string,
    details: { attempts?: number; request_id?: string | null; cost_unknown?: boolean; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.kind = kind
    this.attempts = details.attempts ?? 0
    this.request_id = details.request_id ?? null
    this.cost_unknown = details.cost_unknown ?? false
  }
}

/** Names of errors that mean: refused before anything was paid for. */
const refusals = new Set(['RequestRefused', 'FileMissing', 'PathOutside', 'VersionBusy'])

/**
 * The error that a run ends with. Once a version has begun, something may have been paid for, so a run is no longer refused:
 * an error that means a refusal becomes a failure of the run.
 */
export function behindOpen(error: unknown): unknown {
  if (!(error instanceof Error) || !refusals.has(error.name)) return error
  const again = '`itemwise doctor --fix` puts back what can be put back; then resume the run.'
  const removed = error.name === 'FileMissing' ? ` It was there when the run began. ${again}` : ''
  return new RunFailed(`${error.message}${removed}`, { cause: error })
}
